"""Generalization or Memorization: Dynamic Decoding for Mode Steering.

Zhang 2025 (arXiv 2510.22099).

Claim: a linear probe on the activations of a language model tells answers that are recalled from answers that are reasoned; moving the activations from the
one mode towards the other while it answers, by as much as the probe says (Dynamic Mode Steering, DMS), makes it more often right in reasoning and in
keeping to what a text says, without training.
Measured: a decoder learns texts of three signs, a question, a name and two numbers. The answer is what is known by heart of question and name, with
probability 0, 0.3, 0.7 or 1 by how many signs are of recital, else what follows from the numbers: the larger one (reasoning), or the second (what the
text says). Probe and direction are fit on texts whose signs are all of one kind, block and strength chosen for reasoned answers where two signs are of
recital, all with half of the names and signs. With the other half: the area under the curve (AUC) of the probe, and the share of reasoned answers, where
memory says otherwise, to texts with two signs of recital, plain, steered, and along random directions as long, tuned alike; and to texts without any.
Departs from the paper: a decoder of three blocks and 48 units on made-up texts in place of language models on benchmarks. That there are two modes, which
the paper finds in its models, is built in: texts of two kinds, and signs of which it is. Read as abstract and summaries: the direction's scale, how the
layer is chosen by causal patching (here by what steering does) and how strength follows the probe (here in proportion, at the last position) were not
seen. Comparing with a random direction is ours. Facts that are asked for, and the theory of the information bottleneck, are left out.
Would be refuted by: at most 0.1 more reasoned answers to either question than without steering, or no more than along random directions; 0.02 fewer where
there are signs of reasoning alone; an AUC of at most 0.8.
Control: the texts of the two kinds are mixed before probe and direction are fit.
Tried: this design on seeds 103 to 105: reasoned answers 0.09 plain, 0.54 steered, 0.32 along random directions, 1.00 to texts with signs of reasoning alone,
steered or not, AUCs above 0.99. With twice the batch, 4 strengths and 3 random directions, seeds 100 to 102: 0.07, 0.46, 0.37, random directions being
better in one of them. Before it, on seed 100: exceptions to a rule known by heart (wrong sums modulo 23): probes at chance on others (AUC 0.5 to 0.6), nothing
steered. Names always answered by heart: AUC 0.9 to 0.98, nothing steered; answered so in 60 % of texts: steering no better than random directions. So DMS was
seen to do something only where the modes are signs in the text, and this stand-in was chosen for that. The sum of two numbers was too slow to learn there.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn.metrics import roc_auc_score

from unseen._types import Classes, Tokens, outputs, trainable
from unseen.claim import Claim, Computation, Contrast, Lab
from unseen.measures.generation.steering import Steering, contrasted, off_course, streams, tuned
from unseen.models.transformer import Transformer

SIGNS, NAMES, NUMBERS, EACH, RANDOM = 8, 100, 10, 400, 2
TOKENS = 2 * SIGNS + 2 + NAMES + NUMBERS
BY_HEART = np.array([0.0, 0.3, 0.7, 1.0])  # how often a text answers by heart, by how many of its three signs are of recital


def texts(rng: np.random.Generator, recital: np.ndarray, signs: tuple[int, int], names: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prompts [n, 7] (three signs, question, name, two numbers), what follows from the numbers (the larger, or the second), and which fact is asked for."""
    question, numbers = rng.integers(2, size=len(names)), rng.integers(NUMBERS, size=(2, len(names)))
    kind = rng.permuted(np.arange(3) < recital[:, None], axis=1)
    shown = (kind * SIGNS + rng.integers(*signs, size=kind.shape)).T
    x = np.stack([*shown, 2 * SIGNS + question, 2 * SIGNS + 2 + names, *(TOKENS - NUMBERS + numbers)], axis=1)
    return x, np.where(question == 0, numbers.max(axis=0), numbers[1]), 2 * names + question


@eqx.filter_jit
def trained(network: Any, x: jax.Array, y: jax.Array) -> Any:
    """The network after one step of Adam on each batch [steps, n]."""
    weights, rest = trainable(network)
    optimizer = optax.adam(optax.cosine_decay_schedule(3e-3, len(x)))

    def step(carry, batch):
        w, state = carry
        gradient = jax.grad(lambda w: jnp.mean(optax.softmax_cross_entropy_with_integer_labels(outputs(eqx.combine(w, rest), batch[0]), batch[1])))(w)
        change, state = optimizer.update(gradient, state)
        return (optax.apply_updates(w, change), state), None

    return eqx.combine(jax.lax.scan(step, (weights, optimizer.init(weights)), (x, y))[0][0], rest)


answers = eqx.filter_jit(lambda network, x: jnp.argmax(outputs(network, x), axis=1))
read = eqx.filter_jit(lambda network, x: jax.vmap(lambda one: streams(network, one))(x))


def reasoned(network: Any, prompts: tuple[np.ndarray, ...]) -> np.ndarray:
    """For both questions the share of answers that follow from the numbers, where what is known by heart is another."""
    x, rule, fact = prompts
    right, question = np.asarray(answers(network, jnp.asarray(x))) == rule, x[:, 3] - 2 * SIGNS
    return np.array([right[(question == q) & (rule != fact)].mean() for q in (0, 1)])


def of_seed(seed: int, shuffle: bool, steps: int, width: int, depth: int) -> dict[str, Any]:
    """Areas under the curve of the probe, and shares of reasoned answers, as the network is and steered."""
    rng, key = np.random.default_rng(seed), jax.random.key(seed)
    fact, recital = rng.integers(NUMBERS, size=2 * NAMES), rng.integers(4, size=64 * steps)
    x, rule, asked = texts(rng, recital, (0, SIGNS), rng.integers(NAMES, size=64 * steps))
    y = np.where(rng.random(64 * steps) < BY_HEART[recital], fact[asked], rule)
    network = Transformer(width=width, depth=depth).build(Tokens(7, TOKENS), Classes(NUMBERS), key)
    network = trained(network, jnp.asarray(x.reshape(steps, 64, 7)), jnp.asarray(y.reshape(steps, 64)))
    prompts = {}
    for part, names in enumerate(rng.permutation(NAMES).reshape(2, -1)):
        for signs in (0, 2, 3):
            x, rule, asked = texts(rng, np.full(EACH, signs), (part * SIGNS // 2, (part + 1) * SIGNS // 2), rng.choice(names, EACH))
            prompts[part, signs] = x, rule, fact[asked]
    seen = {at: np.asarray(read(network, jnp.asarray(one[0]))) for at, one in prompts.items()}
    shown = np.concatenate([seen[0, 3], seen[0, 0]])
    shown = rng.permutation(shown) if shuffle else shown
    probes = [contrasted(shown[:EACH, k], shown[EACH:, k]) for k in range(depth)]

    def best(steerings: list[Steering]) -> tuple[Any, int]:
        return tuned(network, steerings, (0.5, 1.0, 2.0), lambda one: reasoned(one, prompts[0, 2]).mean())

    moved, at = best(probes)
    score = np.concatenate([np.asarray(probes[at].score(seen[1, signs][:, at])) for signs in (3, 0)])
    others = [reasoned(best(off_course(probes, jax.random.fold_in(key, i)))[0], prompts[1, 2]) for i in range(RANDOM)]
    found = {"auc": roc_auc_score(np.repeat([1, 0], EACH), score), "random": np.mean(others, axis=0)}
    for name, one in {"plain": network, "steered": moved}.items():
        found |= {name: reasoned(one, prompts[1, 2]), f"{name}, signs of reasoning": reasoned(one, prompts[1, 0])}
    return found


def measured(_: Lab, shuffle: bool, steps: int, width: int, depth: int, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The same [seeds] or [seeds, questions]."""
    found = [of_seed(seed, shuffle, steps, width, depth) for seed in seeds]
    return {name: np.array([one[name] for one in found]) for name in found[0]}


def evidence(result: dict[str, np.ndarray]) -> dict[str, Contrast]:
    """More reasoned answers than by a random direction, and than without, to both questions; no harm where there are signs of reasoning; a probe that tells."""
    plain, moved, random = result["plain"], result["steered"], result["random"]
    before, after = (result[f"{name}, signs of reasoning"].mean(axis=1) for name in ("plain", "steered"))
    return {
        "steered against a random direction": Contrast(moved.mean(axis=1), random.mean(axis=1), minimal=0.0, paired=True),
        **{f"steered against plain: {name}": Contrast(moved[:, i], plain[:, i], minimal=0.1, paired=True) for i, name in enumerate(("larger", "second"))},
        "no harm where there are signs of reasoning": Contrast(after, before, minimal=-0.02, paired=True),
        "the probe": Contrast(result["auc"], np.full(len(plain), 0.5), minimal=0.3),
    }


claim = Claim(
    study=Computation(measured, shuffle=False, steps=1000, width=48, depth=3, seeds=tuple(range(7))),
    evidence=evidence,
    control={"shuffle": True},
    full={"steps": 20_000, "width": 256, "depth": 6, "seeds": tuple(range(20))},
    scale="proxy: a small decoder on made-up texts for language models",
)
