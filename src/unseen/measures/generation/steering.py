"""Activation steering of transformers: while they answer, their residual stream is moved, by as much as a linear probe asks for."""

from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray
from numpy.typing import ArrayLike
from sklearn.linear_model import LogisticRegression

from unseen._types import Problem
from unseen.models.positions import first_places
from unseen.models.transformer import Block, Decoder


class Steering(eqx.Module):
    """h ← h + strength · σ(weight · h + bias) · direction, on the residual stream h of the last position after one block.

    Attributes:
        direction: where to, in the unit of the stream.
        weight: of the probe, whose score σ(weight · h + bias) in (0, 1) says how much there is to undo.
        bias: of the probe; a large one gives steering of constant strength.
        strength: steps along `direction` at a score of 1; nothing happens at 0.
    """

    direction: Float[Array, " width"]
    weight: Float[Array, " width"]
    bias: Float[Array, ""]
    strength: Float[Array, ""]

    def score(self, stream: Float[Array, "*n width"]) -> Float[Array, " *n"]:
        """What the probe says of streams, in (0, 1)."""
        return jax.nn.sigmoid(stream @ self.weight + self.bias)

    def __call__(self, stream: Float[Array, " width"]) -> Float[Array, " width"]:
        return stream + self.strength * self.score(stream) * self.direction


def contrasted(away: ArrayLike, toward: ArrayLike, strength: float = 1.0, penalty: float = 10.0) -> Steering:
    """Steering from one set of streams [n, width] towards another [m, width], as in Dynamic Mode Steering (Zhang 2025, arXiv 2510.22099).

    The direction is mean(toward) - mean(away), stretched to the mean length of all streams, so that `strength` is in units of that length (the paper's own
    scale is not known to us). The probe is a logistic regression that tells `away` (score 1) from `toward` (score 0), on coordinates of deviation 1, with
    an L2 penalty of `penalty` / 2 on its weights beside the sum of the losses.

    Raises:
        Problem: sets that are not arrays of streams of one width, hold fewer than 2, or have the same mean.

    >>> away, toward = np.array([[1.0, 0.0], [3.0, 0.0]]), np.array([[0.0, 1.0], [0.0, 3.0]])
    >>> steering = contrasted(away, toward)
    >>> [round(float(v), 3) for v in steering.direction], (steering.score(jnp.asarray(away)) > 0.5).tolist()
    ([-1.414, 1.414], [True, True])
    """
    away, toward = np.asarray(away, float), np.asarray(toward, float)
    if away.ndim != 2 or away.shape[1:] != toward.shape[1:] or min(len(away), len(toward)) < 2:
        raise Problem(f"away, toward: expected streams [n ≥ 2, width] of one width, got shapes {away.shape} and {toward.shape}.")
    streams, direction = np.concatenate([away, toward]), toward.mean(axis=0) - away.mean(axis=0)
    length = np.linalg.norm(direction)
    if not length > 0:
        raise Problem("away, toward: expected different means, as the direction runs from one to the other, got the same. Give prompts that differ.")
    scale = streams.std(axis=0) + 1e-6
    probe = LogisticRegression(C=1 / penalty, max_iter=2000).fit(streams / scale, np.repeat([1, 0], [len(away), len(toward)]))
    found = (direction * np.linalg.norm(streams, axis=1).mean() / length, probe.coef_[0] / scale, probe.intercept_[0], strength)
    return Steering(*(jnp.asarray(value, jnp.float32) for value in found))


class SteeredBlock(eqx.Module):
    """A block of a transformer, and the steering of what it returns for the last position."""

    block: Block
    steering: Steering

    def __call__(self, x: Float[Array, "length width"], key: PRNGKeyArray | None, last: bool = False) -> Float[Array, "*length width"]:
        """The next residual stream, moved at its last position."""
        stream = self.block(x, key, last)
        return self.steering(stream) if last else stream.at[-1].set(self.steering(stream[-1]))


def steered(network: Decoder, steerings: Sequence[Steering]) -> Decoder:
    """The network of a `Transformer` with a steering after each of its blocks (of strength 0 where there is to be none).

    Raises:
        Problem: another number of steerings than of blocks.

    >>> from unseen._types import Classes, Tokens
    >>> from unseen.models.transformer import Transformer
    >>> network = Transformer(width=4, heads=1, depth=1).build(Tokens(3, 5), Classes(2), jax.random.key(0))
    >>> up = Steering(direction=jnp.ones(4), weight=jnp.zeros(4), bias=jnp.array(0.0), strength=jnp.array(2.0))
    >>> x = jnp.array([0, 1, 2])
    >>> (streams(steered(network, [up]), x) - streams(network, x)).round(5).tolist()
    [[1.0, 1.0, 1.0, 1.0]]
    """
    if len(steerings) != len(network.blocks):
        raise Problem(f"steerings: expected one for each of {len(network.blocks)} blocks, got {len(steerings)}. Give strength 0 where there is to be none.")
    blocks = tuple(SteeredBlock(block, steering) for block, steering in zip(network.blocks, steerings, strict=True))
    return eqx.tree_at(lambda n: n.blocks, network, blocks)


def off_course(steerings: Sequence[Steering], key: PRNGKeyArray) -> list[Steering]:
    """The same steerings along random directions of the same lengths: what any push as strong would do."""
    drawn = [jax.random.normal(k, one.direction.shape) for k, one in zip(jax.random.split(key, len(steerings)), steerings, strict=True)]
    lengths = [jnp.linalg.norm(one.direction) / jnp.linalg.norm(way) for one, way in zip(steerings, drawn, strict=True)]
    return [eqx.tree_at(lambda s: s.direction, one, n * way) for one, n, way in zip(steerings, lengths, drawn, strict=True)]


def tuned(network: Decoder, steerings: Sequence[Steering], strengths: Sequence[float], value: Callable[[Decoder], float]) -> tuple[Decoder, int]:
    """The network steered after the one block and at the one of `strengths` at which `value` is largest, and the number of that block.

    Raises:
        Problem: no strengths.
    """
    if not len(strengths):
        raise Problem("strengths: expected at least one number to choose from, got none. Write strengths=(0.5, 1.0, 2.0).")

    def at(block: int, strength: float) -> Decoder:
        here = [jnp.asarray(strength if k == block else 0.0, jnp.float32) for k in range(len(steerings))]
        return steered(network, [eqx.tree_at(lambda s: s.strength, one, now) for one, now in zip(steerings, here, strict=True)])

    found = [(at(block, strength), block) for block in range(len(steerings)) for strength in strengths]
    return max(found, key=lambda one: value(one[0]))


def streams(network: Decoder, x: Int[Array, " length"]) -> Float[Array, "depth width"]:
    """The residual stream of the last position after each block of the network of a `Transformer`, in evaluation mode, for one string of tokens.

    >>> from unseen._types import Classes, Tokens
    >>> from unseen.models.transformer import Transformer
    >>> network = Transformer(width=4, heads=1, depth=2).build(Tokens(3, 5), Classes(2), jax.random.key(0))
    >>> streams(network, jnp.array([0, 1, 2])).shape
    (2, 4)
    """
    stream = network.embed[x] if network.positions is None else network.embed[x] + first_places(network.positions, len(x))
    found = []
    for block in network.blocks:
        stream = block(stream, None)
        found.append(stream[-1])
    return jnp.stack(found)
