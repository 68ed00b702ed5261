"""Rote Learning Considered Useful: Generalizing over Memorized Data in LLMs.

Wu, Das, Amani, Ghosh, Khan, Gummadi & Zafar 2025 (arXiv 2507.21914, ICLR 2026).

Claim: a language model that knows facts by heart, learned with a key token that means nothing, comes to answer meaningful prompts about them once it is
trained on a few of these facts with such a prompt: about facts not among these, and in phrasings not trained on; the more so the better they are known by
heart, and as the representations of key and prompts come nearer to each other.
Measured: a decoder learns a language of names, 8 relations of 12 phrasings each (the rarer the later), and objects; then by rote 100 new names with each of 4
keys, which stand for one relation each; then 50 of each 100 in the first phrasing. Right answers about the other 50: in that phrasing, in five others, and
in five of another relation with the same objects; and cosines of the last features after the key and after the same phrasings.
Departs from the paper: a decoder of two blocks and 64 units on a made-up language in place of eight language models of 1.5 to 14 billion parameters on
invented names with objects of five relations; a phrasing is one token, a name two, an object one; names of the language have half of the relations each.
Prompts are taught by plain gradient descent (theirs: AdamW at 5e-6), as Adam learns the new facts by heart here. Answers alone count, not probabilities or
multiple choice. Several prompts, other languages, harmful use, and the comparison with plain training on prompts are left out. Read as abstract, summaries
and code (QinyuanWu0710/memorize-then-generalize).
Would be refuted by: right answers about other facts that are, in the phrasing trained on or in others, at most 0.4 more than without a rote phase, or 0.1 more
than without prompts; prompts that add to other phrasings at most 0.05 more than to those of another relation; 1000 steps of rote learning at most 0.1 better
than 100; a cosine of key and phrasings that rises by 0.02 or less with the prompts, or by no more than that of the key and another relation.
Control: the objects learned by rote are shuffled among the names of a relation.
Tried: this design on seeds 102 to 104, but that the other relation was judged by its level: right answers in the phrasing trained on and in others 0.72 and
0.62, 0.04 without a rote phase, 0.47 without prompts, 0.36 and 0.28 after 100 steps; cosines from 0.58 to 0.69. Phrasings of the other relation are answered
with these objects as well (0.63 before the prompts, 0.64 after): known by heart, they come out whatever is asked that has such answers, so that only what
prompts add is judged. Before it, on seeds 100 and 101: Adam for the prompts adds at most 0.14; names of one token, or with all relations, gave 0.3 to 0.5 in
all, names with two of ten relations 0.8; a gentle rote phase (300 steps at 3e-4) 0.2, prompts adding nothing.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from unseen._types import Classes, Tokens, outputs, trainable
from unseen.claim import Claim, Computation, Contrast, Lab
from unseen.models.transformer import Transformer

RELATIONS, KEYED, OBJECTS, PHRASES, PARTS = 8, 4, 20, 12, 30  # relations r and r + 4 have the same objects; a name has two parts, of 30 each
OLD, NEW, TAUGHT, LENGTHS = 250, 100, 50, (0, 100, 1000)  # names of the language; new ones of a relation; of these, in prompts; steps of the rote phase
COMMON = 1 / np.arange(1, PHRASES + 1)
KEY = RELATIONS * PHRASES
Question = Callable[[np.ndarray, np.ndarray], jax.Array]


@eqx.filter_jit
def trained(network: Any, x: jax.Array, y: jax.Array, rate: float, plain: bool = False) -> Any:
    """The network after one step of Adam, or of plain gradient descent, on each batch [steps, n]."""
    weights, rest = trainable(network)
    optimizer = optax.sgd(rate) if plain else optax.adam(optax.cosine_decay_schedule(rate, len(x)))

    def step(carry, batch):
        w, state = carry
        gradient = jax.grad(lambda w: jnp.mean(optax.softmax_cross_entropy_with_integer_labels(outputs(eqx.combine(w, rest), batch[0]), batch[1])))(w)
        change, state = optimizer.update(gradient, state)
        return (optax.apply_updates(w, change), state), None

    return eqx.combine(jax.lax.scan(step, (weights, optimizer.init(weights)), (x, y))[0][0], rest)


@eqx.filter_jit
def read(network: Any, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Answers, and the features that they are read off, at length 1."""
    features = jax.vmap(network.features)(x)
    return jnp.argmax(outputs(network, x), axis=1), features / jnp.linalg.norm(features, axis=1, keepdims=True)


def held_out(network: Any, question: Question, names: np.ndarray, relation: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Right answers in the first phrasing, in five others, in five of the other relation with these objects; cosines of the key with these two fives."""
    key, found = read(network, question(names, KEY + relation))[1], np.empty((2, 6, 2))
    for other, phrase in np.ndindex(2, 6):
        told, features = read(network, question(names, (relation + other * KEYED) * PHRASES + phrase))
        found[other, phrase] = jnp.mean(told == truth), jnp.mean(jnp.sum(key * features, axis=1))
    return np.array([found[0, 0, 0], *found[:, 1:].mean(axis=1).T.ravel()])


def of_seed(seed: int, shuffle: bool, steps: int, width: int) -> np.ndarray:
    """`held_out` for each length of the rote phase, before and after the prompts, [3, 2, 5]."""
    rng = np.random.default_rng(seed)
    parts = rng.permutation(PARTS**2)[: OLD + KEYED * NEW]
    objects = rng.integers(OBJECTS, size=(len(parts), RELATIONS)) + OBJECTS * (np.arange(RELATIONS) % KEYED)

    def question(names: np.ndarray, last: np.ndarray) -> jax.Array:
        return jnp.stack([KEY + KEYED + parts[names] // PARTS, KEY + KEYED + PARTS + parts[names] % PARTS, last], axis=-1)

    def taught(network: Any, names: np.ndarray, last: np.ndarray, answer: np.ndarray, length: int, rate: float, plain: bool = False) -> Any:
        some = rng.integers(len(names), size=(length, 64))
        return trained(network, question(names[some], last[some]), jnp.asarray(answer[some]), rate, plain) if length else network

    base = Transformer(depth=2, width=width).build(Tokens(3, KEY + KEYED + 2 * PARTS), Classes(OBJECTS * KEYED), jax.random.key(seed))
    who, phrase = rng.integers(OLD, size=(steps, 256)), rng.choice(PHRASES, p=COMMON / COMMON.sum(), size=(steps, 256))
    what = rng.permuted(np.tile(np.arange(RELATIONS), (OLD, 1)), axis=1)[who, rng.integers(RELATIONS // 2, size=who.shape)]
    base = trained(base, question(who, what * PHRASES + phrase), jnp.asarray(objects[who, what]), 3e-3)
    names, relation = OLD + np.arange(KEYED * NEW), np.repeat(np.arange(KEYED), NEW)
    truth, shown = objects[names, relation], np.arange(KEYED * NEW) % NEW < TAUGHT
    told = rng.permuted(truth.reshape(KEYED, NEW), axis=1).ravel() if shuffle else truth
    found = []
    for length in LENGTHS:
        start = taught(base, names, KEY + relation, told, length, 1e-3)
        end = taught(start, names[shown], relation[shown] * PHRASES, truth[shown], 100, 3e-3, plain=True)
        found.append([held_out(one, question, names[~shown], relation[~shown], truth[~shown]) for one in (start, end)])
    return np.array(found)


def measured(_: Lab, shuffle: bool, steps: int, width: int, seeds: tuple[int, ...]) -> np.ndarray:
    """The same [seeds, 3, 2, 5]."""
    return np.array([of_seed(seed, shuffle, steps, width) for seed in seeds])


def evidence(result: np.ndarray) -> dict[str, Contrast]:
    """Facts by rote are told in meaningful prompts, thanks to these, not in others; the longer learned, the more; key and prompts come nearer."""
    (before, after), short, none = result[:, 2].swapaxes(0, 1), result[:, 1, 1], result[:, 0, 1]

    def more(one: np.ndarray, other: np.ndarray, minimal: float) -> Contrast:
        return Contrast(one, other, minimal=minimal, paired=True)

    return {
        "phrasing trained on: against no rote phase": more(after[:, 0], none[:, 0], 0.4),
        "other phrasings: against no rote phase": more(after[:, 1], none[:, 1], 0.4),
        "phrasing trained on: against no prompts": more(after[:, 0], before[:, 0], 0.1),
        "other phrasings: against no prompts": more(after[:, 1], before[:, 1], 0.1),
        "what prompts add: against another relation": more(after[:, 1] - before[:, 1], after[:, 2] - before[:, 2], 0.05),
        "known better by heart": more(after[:, :2].mean(axis=1), short[:, :2].mean(axis=1), 0.1),
        "key and phrasings come nearer": more(after[:, 3], before[:, 3], 0.02),
        "nearer than key and another relation": more(after[:, 3] - before[:, 3], after[:, 4] - before[:, 4], 0.0),
    }


claim = Claim(
    study=Computation(measured, shuffle=False, steps=600, width=64, seeds=tuple(range(5))),
    evidence=evidence,
    control={"shuffle": True},
    full={"steps": 20_000, "width": 256, "seeds": tuple(range(20))},
    scale="proxy: a small decoder on a made-up language for language models",
)
