"""What several networks share: sizes of inputs and outputs, activations, normalisation, dropout, the first layer, initial weights."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from unseen._types import Classes, Fixed, Inputs, Outputs, Problem, Strings, Tokens, unknown
from unseen.models.product import product

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": jax.nn.relu,
    "gelu": lambda z: 0.5 * z * (1.0 + jax.scipy.special.erf(z * math.sqrt(0.5))),
    "gelu_tanh": jax.nn.gelu,
    "silu": jax.nn.silu,
    "tanh": jnp.tanh,
    "erf": jax.scipy.special.erf,
    "quadratic": jnp.square,
    "quad": jnp.square,
    "identity": lambda z: z,
}


def activation(name: str) -> Callable[[Array], Array]:
    """The elementwise function of that name; `power:k` is z^k for an integer k of at least 1.

    >>> float(activation("power:3")(2.0))
    8.0
    """
    if name in ACTIVATIONS:
        return ACTIVATIONS[name]
    kind, _, exponent = name.partition(":")
    if kind == "power" and exponent.isdigit() and int(exponent) >= 1:
        return lambda z: jax.lax.integer_pow(jnp.asarray(z), int(exponent))
    raise unknown("activation", name, [*ACTIVATIONS, "power:2", "power:3"])


def output_shape(outputs: Outputs) -> tuple[int, ...]:
    """The shape of what a network returns for one example.

    Raises:
        Problem: for strings, which need a network that answers at every place.

    >>> output_shape(Classes(3)), output_shape(Values((2, 2)))
    ((3,), (2, 2))
    """
    if isinstance(outputs, Strings):
        raise Problem(
            f"the task's outputs: expected one answer for an example (Classes or Values), got {outputs!r}. "
            "Use a model that answers at every place: RNN, LSTM, Encoder …"
        )
    return (outputs.count,) if isinstance(outputs, Classes) else outputs.shape


def input_size(inputs: Inputs) -> int:
    """The length of one input as a flat vector; tokens are one-hot encoded and concatenated.

    >>> input_size(Tokens(5, 4)), input_size(Reals((2, 3)))
    (20, 6)
    """
    if isinstance(inputs, Tokens):
        need_symbols(inputs)
    return inputs.length * inputs.vocabulary if isinstance(inputs, Tokens) else math.prod(inputs.shape)


def need_tokens(owner: object, inputs: Inputs) -> Tokens:
    """The inputs, which must be `Tokens` without places.

    Raises:
        Problem: when they are not.

    >>> need_tokens("an MLP", Tokens(5, 4)).vocabulary
    4
    """
    if isinstance(inputs, Tokens):
        return need_symbols(inputs)
    raise Problem(f"{type(owner).__name__}: expected a task whose inputs are Tokens, got {inputs!r}. Use an MLP for real inputs.")


def need_symbols(inputs: Tokens) -> Tokens:
    """The tokens, which must be symbols alone.

    Raises:
        Problem: when the task says of each where it stands.
    """
    if inputs.places is None:
        return inputs
    raise Problem(
        f"the task's inputs: expected symbols alone, got symbols with places, {inputs!r}. Use a Decoder or an Encoder, or places='index' in the task."
    )


def need_last(x: Array) -> None:
    """Refuses a string without symbols, which has no last place to answer at.

    Raises:
        Problem: for it.
    """
    if not len(x):
        raise Problem(f"x: expected at least one place, at the last of which the answer is read, got shape {x.shape}. Put a symbol before each string.")


def apply_first(weight: Float[Array, "inputs width"], x: Array) -> Float[Array, " width"]:
    """`flat(x) @ weight`; integer tokens stand for their concatenated one-hot vectors, so that rows are gathered instead of multiplied.

    >>> weight = jnp.arange(4.0)[:, None]  # two places of two symbols
    >>> apply_first(weight, jnp.array([1, 0])).tolist(), apply_first(weight, jnp.array([0.0, 1, 1, 0])).tolist()
    ([3.0], [3.0])
    """
    if jnp.issubdtype(x.dtype, jnp.integer):
        vocabulary = weight.shape[0] // x.size
        return jnp.sum(weight[x + vocabulary * jnp.arange(x.size)], axis=0)
    return product(x.reshape(-1), weight)


def normalize(x: Float[Array, "*n width"], scale: Float[Array, " width"], shift: Float[Array, " width"]) -> Float[Array, "*n width"]:
    """LayerNorm over the last axis: (x − mean) / sqrt(variance + 1e-5) · scale + shift (Ba et al. 2016).

    >>> [round(float(one), 3) for one in normalize(jnp.array([1.0, 3.0]), jnp.ones(2), jnp.zeros(2))]
    [-1.0, 1.0]
    """
    x = x - jnp.mean(x, axis=-1, keepdims=True)
    return x * jax.lax.rsqrt(jnp.mean(jnp.square(x), axis=-1, keepdims=True) + 1e-5) * scale + shift


def dropout(x: Array, rate: Fixed | None, key: PRNGKeyArray | None) -> Array:
    """Inverted dropout: each entry is 0 with probability `rate`, else divided by 1 − rate. Nothing happens without a rate or a key.

    >>> sorted({*dropout(jnp.ones(50), held(0.5), jax.random.key(0)).tolist()}), dropout(jnp.ones(2), held(0.5), None).tolist()
    ([0.0, 2.0], [1.0, 1.0])
    """
    if rate is None or key is None:
        return x
    kept = jax.random.bernoulli(key, 1.0 - rate.value, x.shape)
    return jnp.where(kept, x / (1.0 - rate.value), 0.0)


def held(value: PyTree | None) -> Fixed | None:
    """A number of a specification as an untrainable part of a network; None stays None, so that nothing is computed for it."""
    return None if value is None else Fixed(jnp.asarray(value))


def unwrap(weight: Array | Fixed) -> Array:
    """The array itself, whether it is trained or `Fixed`."""
    return weight.value if isinstance(weight, Fixed) else weight


def normal(key: PRNGKeyArray, shape: tuple[int, ...], deviation: float | Array) -> Array:
    """Independent N(0, deviation²) entries."""
    return deviation * jax.random.normal(key, shape)


def uniform(key: PRNGKeyArray, shape: tuple[int, ...], bound: float | Array) -> Array:
    """Independent entries, uniform on [−bound, bound]."""
    return bound * jax.random.uniform(key, shape, minval=-1.0)


def fan_in(key: PRNGKeyArray, shape: tuple[int, int]) -> Float[Array, "inputs outputs"]:
    """Truncated normal at two deviations, of deviation 1/sqrt(inputs) before truncation: the default of the library that the paper's code uses."""
    return jax.random.truncated_normal(key, -2.0, 2.0, shape) / jnp.sqrt(shape[0])


def rows(weight: Float[Array, "vocabulary width"], x: Int[Array, " length"]) -> Float[Array, "length width"]:
    """`weight[x]`, as a product with one-hot vectors: the gradient of a small table is a product too, which is faster than adding up rows one by one.

    >>> rows(jnp.array([[1.0, 2.0], [3.0, 4.0]]), jnp.array([1, 1, 0])).tolist()
    [[3.0, 4.0], [3.0, 4.0], [1.0, 2.0]]
    """
    return product(jax.nn.one_hot(x, len(weight), dtype=weight.dtype), weight)


def unstack(stacked: PyTree, count: int) -> tuple[PyTree, ...]:
    """The `count` trees along the leading axis of a tree of arrays: many like layers are drawn in one small program.

    >>> [one["w"].tolist() for one in unstack({"w": jnp.array([[1, 2], [3, 4]])}, 2)]
    [[1, 2], [3, 4]]
    """
    return tuple(jax.tree.map(lambda leaf, i=i: leaf[i], stacked) for i in range(count))


def from_score(score: Float[Array, ""], shape: tuple[int, ...]) -> Float[Array, "*shape"]:
    """One score as the output: itself for a single value, the logits (−f/2, f/2) for two classes (their cross-entropy is the logistic loss).

    >>> from_score(jnp.array(3.0), (2,)).tolist()
    [-1.5, 1.5]
    """
    return jnp.stack([-score / 2, score / 2]) if shape == (2,) else score.reshape(shape)


def need_score(owner: object, outputs: Outputs) -> tuple[int, ...]:
    """The output shape, which must hold one score: a single value, or two classes.

    Raises:
        Problem: when it does not.

    >>> need_score("a line", Classes(2)), need_score("a line", Values(()))
    ((2,), ())
    """
    if outputs == Classes(2) or (not isinstance(outputs, Classes) and math.prod(outputs.shape) == 1):
        return output_shape(outputs)
    raise Problem(f"{type(owner).__name__}: expected a task with one real output or two classes, got {outputs!r}. Use Linear or MLP for more.")
