"""Two binary streams that take turns: how far one drives the other, and how far something unseen drives both, is set."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from unseen._types import Examples, Stream, Strings, Tokens, expect
from unseen.tasks.task import Task

BLANK, START = 2, 3
Tables = Float[Array, "7"]  # logits per unit of: x by x, x by y, x by z; y by x, y by y, y by z; and x by nothing


class CoupledStreams(Task):
    """x_1 y_1 x_2 y_2 … of bits, each a coin whose log-odds are a sum over its causes, and each asked for from those before it.

    With bits as ±1, the log-odds of x_t are persistence · x_{t-1} + feedback · y_{t-1} + common · z_t + 0.3, those of y_t influence · x_t +
    persistence · y_{t-1} + common · z_t; every term is multiplied by a number of random sign and of size 0.7 to 1.3. z is an unseen bit that stays as it is
    with probability `stay`. A string is shown whole, or with one stream blank: a third of each, so that one model learns to foretell y with and without x.

    `test` has all 4^length strings, once with nothing blank, once with x and once with y; the facts `log_probability` and `log_intervened` are
    the logarithms of a string's probability in nats, as it is, and where x is tossed fairly by someone from outside.

    Attributes:
        length: of either stream, 1 to 6: all strings are listed.
        persistence: a stream's own past.
        influence: x on y.
        feedback: y on x.
        common: z on both.
        stay: probability of z_{t+1} = z_t, in [0, 1].
        mixed: 1: in training each x comes with the y of another string; 0: with its own.

    >>> splits = CoupledStreams(length=2).splits(jax.random.key(0))
    >>> splits["test"].x[0].tolist(), splits["test"].y[16].tolist(), round(float(jnp.exp(splits["test"].info["log_probability"][:16]).sum()), 4)
    ([3, 0, 0, 0], [-1, 0, -1, 0], 1.0)
    """

    length: int = eqx.field(static=True, default=4)
    persistence: float = 0.8
    influence: float = 1.5
    feedback: float = 1.5
    common: float = 0.0
    stay: float = 0.9
    mixed: float = 0.0

    unseen: ClassVar[dict[str, str]] = {"test": "same strings as may be met in training: all of them"}

    def __check_init__(self) -> None:
        rate = (lambda r: 0 <= r <= 1, "a number in [0, 1]")
        expect(self, length=(lambda n: 1 <= n <= 6, "1 to 6"), stay=rate, mixed=rate)

    @property
    def inputs(self) -> Tokens:
        """A start symbol, then the bits but for the last; 2 stands for a bit that is not shown."""
        return Tokens(2 * self.length, 4)

    @property
    def outputs(self) -> Strings:
        """Each bit in its turn, where it is shown."""
        return Strings(2 * self.length, 2)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples | Stream]:
        """`train`, a stream, and `test`."""
        sign, size = jax.random.split(key)
        scales = jnp.stack([jnp.asarray(s, float) for s in (self.persistence, self.feedback, self.common, self.influence, self.persistence, self.common, 0.3)])
        tables = scales * jax.random.rademacher(sign, (7,)) * jax.random.uniform(size, (7,), minval=0.7, maxval=1.3)
        places = 2 * self.length
        every = (jnp.arange(2**places)[:, None] >> jnp.arange(places)[::-1]) & 1
        facts = {name: log_law(every, tables, self.stay, fair) for name, fair in (("log_probability", False), ("log_intervened", True))}
        parts = [shown(every, jnp.full(len(every), blank)) for blank in range(3)]
        x, y = (jnp.concatenate(part) for part in zip(*parts, strict=True))
        test = Examples(x, y, {name: jnp.tile(fact, 3) for name, fact in facts.items()})
        return {"train": _Endless(tables, jnp.asarray(self.stay, float), jnp.asarray(self.mixed, float), places), "test": test}


def shown(bits: Int[Array, "n places"], blank: Int[Array, " n"]) -> tuple[Int[Array, "n places"], Int[Array, "n places"]]:
    """(inputs, labels) of strings of which nothing (0), x (1) or y (2) is blank.

    >>> [part.tolist() for part in shown(jnp.array([[1, 0, 1, 1]]), jnp.array([1]))]  # x is blank: 2 is told, nothing is asked
    [[[3, 2, 0, 2]], [[-1, 0, -1, 1]]]
    """
    hidden = (jnp.arange(bits.shape[1]) % 2 + 1) == blank[:, None]
    told = jnp.where(hidden, BLANK, bits)
    return jnp.pad(told[:, :-1], ((0, 0), (1, 0)), constant_values=START).astype(jnp.int32), jnp.where(hidden, -1, bits).astype(jnp.int32)


def log_odds(tables: Tables, turn: int, bits: Int[Array, "n places"], z: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Log-odds that the bit of this turn is 1, given those before it and z = ±1.

    >>> log_odds(jnp.arange(7.0), 3, jnp.array([[0, 1, 1, 0]]), jnp.array([-1.0])).tolist()  # y_2 after x_2 = 1, y_1 = 1, z = -1: 3 + 4 - 5
    [2.0]
    """
    before = [2.0 * bits[:, turn - back] - 1 if turn >= back else jnp.zeros(len(bits)) for back in (1, 2)]
    if turn % 2:
        return tables[3] * before[0] + tables[4] * before[1] + tables[5] * z
    return tables[0] * before[1] + tables[1] * before[0] + tables[2] * z + tables[6]


def log_law(bits: Int[Array, "n places"], tables: Tables, stay: float | Array, fair: bool) -> Float[Array, " n"]:
    """Log-probability of each string in nats, by the forward algorithm over z; `fair`: as if every x were a fair coin that nothing moves.

    >>> round(float(jnp.exp(log_law(jnp.array([[0, 1]]), jnp.zeros(7), 0.9, fair=False))[0]), 4)
    0.25
    """
    z = jnp.array([-1.0, 1.0])
    step = jnp.array([[stay, 1 - stay], [1 - stay, stay]])
    weight, total = jnp.full((len(bits), 2), 0.5), jnp.zeros(len(bits))
    for turn in range(bits.shape[1]):
        if turn % 2 == 0 and turn:
            weight = weight @ step
        odds = jnp.stack([log_odds(tables, turn, bits, jnp.full(len(bits), one)) for one in z], axis=1)
        odds = jnp.zeros_like(odds) if fair and turn % 2 == 0 else odds
        weight = weight * jax.nn.sigmoid(jnp.where(bits[:, turn, None] == 1, odds, -odds))
        total, weight = total + jnp.log(weight.sum(axis=1)), weight / weight.sum(axis=1, keepdims=True)
    return total


class _Endless(Stream):
    tables: Tables
    stay: Array
    mixed: Array
    places: int = eqx.field(static=True)

    def draw(self, key: PRNGKeyArray, n: int) -> Examples:
        """`n` strings, a third of them without x, a third without y."""
        at_z, at_bits, at_blank = jax.random.split(key, 3)
        tosses = jax.random.uniform(at_z, (self.places // 2, n))
        z, bits = jnp.where(tosses[0] < 0.5, -1.0, 1.0), jnp.zeros((n, self.places), jnp.int32)
        coins = jax.random.uniform(at_bits, (self.places, n))
        for turn in range(self.places):
            z = jnp.where((turn % 2 == 0) & (turn > 0) & (tosses[turn // 2] > self.stay), -z, z)
            bits = bits.at[:, turn].set(coins[turn] < jax.nn.sigmoid(log_odds(self.tables, turn, bits, z)))
        other = jnp.where(self.mixed > 0.5, jnp.roll(bits, 1, axis=0), bits)
        bits = jnp.where(jnp.arange(self.places) % 2 == 1, other, bits)
        return Examples(*shown(bits, jax.random.randint(at_blank, (n,), 0, 3)))
