"""What vectors of numbers know of their values: probes that find the largest of five, decode the value, and add two (Wallace et al. 2019)."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray
from numpy.typing import ArrayLike

from unseen._problem import Problem
from unseen._types import Examples, Reals, Values, correct, outputs
from unseen.methods.fit.continued import continued
from unseen.methods.method import Method
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.cosine import Cosine
from unseen.models.linear import Linear
from unseen.models.mlp import MLP

CANDIDATES = 5


class Numeracy(NamedTuple):
    """What the probes do on some numbers.

    Attributes:
        maximum: share of lists of five numbers whose largest is found, in [0, 1]; chance is 0.2. Higher is better.
        decoding: root mean squared error of decoded values, in the unit of the numbers. Lower is better; their standard deviation is what one constant has.
        addition: the same of the sums of two numbers.
    """

    maximum: float
    decoding: float
    addition: float


class _Chooser(eqx.Module):
    """A score for each candidate."""

    score: Callable

    def __call__(self, x: Float[Array, "candidates width"], *, key: PRNGKeyArray | None = None) -> Float[Array, " candidates"]:
        return jax.vmap(lambda one: self.score(one)[0])(x)


def numeracy(
    train: tuple[ArrayLike, ArrayLike],
    tests: Mapping[str, tuple[ArrayLike, ArrayLike]],
    key: PRNGKeyArray,
    *,
    hidden: tuple[int, ...] = (64, 64),
    lists: int = 5000,
    steps: int = 1000,
    rate: float = 3e-3,
) -> dict[str, Numeracy]:
    """Trains three probes on frozen vectors of some numbers and tests them on those of others, so that what they know is in the vectors.

    Vectors are standardised by the mean and deviation of each entry over training numbers, values by theirs; entries that are constant there are left out.
    Decoding trains on each number, the other two on `lists` random lists and pairs of training numbers. Probes are perceptrons: decoding on a vector,
    addition on two side by side, maximum on each candidate alone, its outputs being the logits (the authors: a recurrent network over the list). They are
    trained by AdamW on batches of 64.

    Args:
        train: vectors [n, width] and numbers [n].
        tests: the same by name, for example of other numbers of the same range, and of larger ones (extrapolation).
        key: of lists, of initial probes, and of the order of examples.
        hidden: widths of the probes' hidden layers; () for linear probes.
        lists: how many lists and pairs, to train and for each test.
        steps: of training each probe.
        rate: the first learning rate, which falls along a cosine; linear probes need a larger one, as 0.03.

    Raises:
        Problem: for shapes that do not fit, or fewer than five numbers.

    Source: "Do NLP Models Know Numbers? Probing Numeracy in Embeddings", arXiv 1909.07940.

    >>> a = jnp.arange(50.0)
    >>> vectors = jnp.stack([a, jnp.cos(a)], axis=1)
    >>> tests = {"between": (vectors[1::2], a[1::2])}
    >>> found = numeracy((vectors[::2], a[::2]), tests, jax.random.key(0), hidden=(), lists=500, rate=0.03)["between"]
    >>> found.maximum > 0.9, found.decoding < 1, found.addition < 1
    (True, True, True)
    """
    every = {name: (jnp.asarray(vectors, float), jnp.asarray(numbers, float)) for name, (vectors, numbers) in {"train": train, **tests}.items()}
    for name, (vectors, numbers) in every.items():
        if vectors.ndim != 2 or vectors.shape[1] != every["train"][0].shape[1] or numbers.shape != vectors.shape[:1] or len(numbers) < CANDIDATES:
            raise Problem(f"{name}: expected vectors [n, {every['train'][0].shape[-1]}] and n ≥ 5 numbers, got shapes {vectors.shape} and {numbers.shape}.")
    (vectors, numbers), keys = every["train"], jax.random.split(key, 4)
    shift, scale = jnp.mean(vectors, axis=0), jnp.std(vectors, axis=0)
    scale = jnp.where(scale > 1e-5 * jnp.max(scale), scale, jnp.inf)
    mean, spread = jnp.mean(numbers), jnp.std(numbers)
    parts = {name: _examples((v - shift) / scale, (n - mean) / spread, jax.random.fold_in(keys[0], i), lists) for i, (name, (v, n)) in enumerate(every.items())}
    width = vectors.shape[1]
    probes = {
        "maximum": _Chooser(_probe(hidden, width, keys[1])),
        "decoding": _probe(hidden, width, keys[2]),
        "addition": _probe(hidden, 2 * width, keys[3]),
    }
    update = AdamW(Cosine(rate, steps), weight_decay=0.0)
    for i, (name, probe) in enumerate(probes.items()):
        method = Method(order=Sample(64), objective=CrossEntropy() if name == "maximum" else SquaredError(), update=update)
        probes[name] = continued(probe, parts["train"][name], method, steps, jax.random.fold_in(key, i))
    return {name: _tested(probes, parts[name], float(spread)) for name in tests}


def _probe(hidden: tuple[int, ...], width: int, key: PRNGKeyArray) -> Callable:
    model = MLP(hidden=hidden, bias=True) if hidden else Linear(bias=True)
    return model.build(Reals((width,)), Values((1,)), key)


def _examples(vectors: Array, numbers: Array, key: PRNGKeyArray, lists: int) -> dict[str, Examples]:
    """What each probe is asked: different candidates, any pairs."""
    at_lists, at_pairs = jax.random.split(key)
    listed = different(at_lists, lists, len(numbers))
    pairs = jax.random.randint(at_pairs, (lists, 2), 0, len(numbers))
    return {
        "maximum": Examples(vectors[listed], jnp.argmax(numbers[listed], axis=1)),
        "decoding": Examples(vectors, numbers[:, None]),
        "addition": Examples(vectors[pairs].reshape(lists, -1), jnp.sum(numbers[pairs], axis=1, keepdims=True)),
    }


def different(key: PRNGKeyArray, lists: int, n: int) -> Int[Array, "lists candidates"]:
    """Lists of five different numbers below `n`, at least 5, all lists equally likely.

    >>> bool(jnp.all(jnp.sort(different(jax.random.key(0), 9, 5), axis=1) == jnp.arange(5)))
    True
    """
    chosen = jnp.zeros((lists, 0), int)
    for k in range(CANDIDATES):
        fresh = jax.random.randint(jax.random.fold_in(key, k), (lists,), 0, n - k)
        for before in jnp.sort(chosen, axis=1).T:  # a rank among those left becomes a number
            fresh = fresh + (fresh >= before)
        chosen = jnp.concatenate([chosen, fresh[:, None]], axis=1)
    return chosen


def _tested(probes: dict[str, Callable], asked: dict[str, Examples], spread: float) -> Numeracy:
    answers = {name: outputs(probe, asked[name].x) for name, probe in probes.items()}
    errors = {name: spread * float(jnp.sqrt(jnp.mean(jnp.square(answers[name] - asked[name].y)))) for name in ("decoding", "addition")}
    return Numeracy(float(jnp.mean(correct(answers["maximum"], asked["maximum"].y))), errors["decoding"], errors["addition"])
