"""A critic of pairs, and its training on one of `variational_bounds`."""

from collections.abc import Callable

import equinox as eqx
import jax
import optax
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import Reals, Stream, Values, trainable
from unseen.models.mlp import MLP


class Critic(eqx.Module):
    """Scores f(x, y) = g(x) · h(y) of all pairs of a batch, with g and h two perceptrons: a separable critic.

    >>> critic = Critic.build(3, 2, jax.random.key(0), hidden=(16,))
    >>> critic(jnp.zeros((5, 3)), jnp.zeros((5, 2))).shape
    (5, 5)
    """

    left: Callable
    right: Callable

    @classmethod
    def build(cls, x: int, y: int, key: PRNGKeyArray, *, hidden: tuple[int, ...] = (128, 128), embedding: int = 32) -> "Critic":
        """A fresh critic of pairs of `x` and `y` numbers: ReLU layers `hidden` on either side, and `embedding` products."""
        model = MLP(hidden=hidden, bias=True, parametrization="torch")
        one, two = jax.random.split(key)
        return cls(*(model.build(Reals((size,)), Values((embedding,)), k) for size, k in ((x, one), (y, two))))

    def __call__(self, x: Float[Array, "n dx"], y: Float[Array, "n dy"]) -> Float[Array, "n n"]:
        """`scores[i, j]` = f(x_i, y_j)."""
        return jax.vmap(self.left)(x) @ jax.vmap(self.right)(y).T


@eqx.filter_jit
def fit_critic(
    critic: Critic, source: Stream, objective: Callable[[Array], Array], key: PRNGKeyArray, *, steps: int = 1000, batch: int = 64, learning_rate: float = 1e-3
) -> Critic:
    """The critic after `steps` of Adam that raise `objective` (one of `variational_bounds`) of its scores, on fresh pairs from `source` at every step.

    `source.draw(key, n)` gives pairs as `x` [n, dx] and `y` [n, dy]. Fields of the source that are arrays may differ from call to call without compiling
    again, so that one critic can follow a source that changes. An objective that is not finite leaves a critic that is not.

    >>> from unseen.measures.information.variational_bounds import info_nce
    >>> from unseen.tasks.planted.correlated_normals import CorrelatedNormals
    >>> source, critic = CorrelatedNormals(1.0, dimension=1), Critic.build(1, 1, jax.random.key(0), hidden=(16,))
    >>> critic = fit_critic(critic, source, info_nce, jax.random.key(1), steps=300)
    >>> bool(jnp.mean(jax.vmap(info_nce)(fresh_scores(critic, source, jax.random.key(2)))) > 0.5)
    True
    """
    update = optax.adam(learning_rate)
    params, static = trainable(critic)
    join: Callable[..., Critic] = eqx.combine

    def loss(params, key):
        pairs = source.draw(key, batch)
        return -objective(join(params, static)(pairs.x, pairs.y))

    def step(carry, key):
        params, state = carry
        updates, state = update.update(jax.grad(loss)(params, key), state)
        return (optax.apply_updates(params, updates), state), None

    (params, _), _ = jax.lax.scan(step, (params, update.init(params)), jax.random.split(key, steps))
    return join(params, static)


@eqx.filter_jit
def fresh_scores(critic: Critic, source: Stream, key: PRNGKeyArray, *, batches: int = 300, batch: int = 64) -> Float[Array, "batches n n"]:
    """Scores of `batches` fresh batches of `batch` pairs, from which bounds are read: over pairs the critic was not trained on they are not overfitted."""

    def one(key):
        pairs = source.draw(key, batch)
        return critic(pairs.x, pairs.y)

    return jax.lax.map(one, jax.random.split(key, batches))
