"""Generalization or Memorization: Data Contamination and Trustworthy Evaluation for Large Language Models.

Dong, Jiang, Liu, Jin, Gu, Yang & Li 2024 (arXiv 2402.15938, ACL Findings).

Claim: that a model's samples crowd around its greedy answer (CDD) tells test items that it was trained on, better than other detectors, by 22 to 30 % on
average, even where it was trained on variants of them; and a score without such samples (TED) loses up to two thirds of what contamination added.
Measured: a language model of questions with many right answers, 8 symbols of an alphabet of 2, 3, 5 or 10 whose sum has a given remainder; trained further
on half of 64 test items, each 50, 100 or 200 times, among as many others: the area under the curve (AUC) by which CDD tells these items (25 samples at
temperature 0.8, 5 % of the length), against the likelihood of the reference answer and that of its two least likely symbols (Min-20%), which need that
answer; the same with the digits of the questions in another order; and the share of right answers, as they are and by TED, against the model before.
Departs from the paper: a decoder of two layers and 48 units in place of models of 6 and 7 billion parameters on HumanEval and GSM8K; variants are reordered
questions, not rewritten ones; answers have 8 symbols, so that 5 % of the length are none and TED's two edits a quarter; AUC alone of their three scores;
embeddings and language models as detectors are left out. Both methods are as in the authors' code; of the text only the abstract was read.
Would be refuted by: AUCs of CDD, over the three doses, less than 1.1 times those of either other detector, or at most 0.7 with the largest, or 0.6 with
variants; a TED that removes less than half of what was gained, or errs by more than 0.1 below the score before.
Control: the model is trained further as long, on others alone.
Tried: this design on seeds 100 to 102: AUCs over the doses 0.86 and 0.87 times those of the likelihood and of Min-20%, 0.99 at the largest dose, as theirs,
0.50 with variants; TED takes away all that was gained, and 0.10 more. Before it, on seed 100, with 96 items, 20 samples, and doses of 10 to 150 at two
rates, CDD was below the likelihood at every dose (0.83 against 0.99, 0.62 against 0.95, 0.5 against 0.6 to 0.7). The design was kept although it was then
expected to contradict. Sela (2026, arXiv 2603.03203) found the same of models of 70 to 410 million parameters: CDD needs answers known by heart, where other
detectors see less.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn.metrics import roc_auc_score

from unseen._types import Strings, Tokens, trainable
from unseen.claim import Claim, Computation, Contrast, Lab
from unseen.measures.generation.peakedness import peakedness, trusted
from unseen.models.decoder import Decoder

SIZES, START, END, DOSES = np.array([2, 3, 5, 10]), 4, 12, (50, 100, 200)
DETECTORS = ("CDD", "likelihood", "Min-20%")


def items(rng: np.random.Generator, count: int) -> np.ndarray:
    """Questions (three digits, and the alphabet of the answer) with a right answer each, [count, 12]."""
    asked, size = rng.integers(10, size=(count, 3)), SIZES[np.arange(count) % 4][:, None]
    free = rng.integers(size, size=(count, END - START - 1))
    last = (asked.sum(axis=1, keepdims=True) - free.sum(axis=1, keepdims=True)) % size
    return np.hstack([asked, 10 + np.arange(count)[:, None] % 4, free, last])


def likelihoods(network: Any, text: jax.Array) -> jax.Array:
    """Log-probabilities [n, 8] of the symbols of answers."""
    logits = jax.nn.log_softmax(jax.vmap(network)(text[:, :-1])[:, START - 1 :])
    return jnp.take_along_axis(logits, text[:, START:, None], axis=-1)[..., 0]


@eqx.filter_jit
def trained(network: Any, batches: jax.Array) -> Any:
    """The network after one step of Adam on each batch [steps, n, 12]."""
    weights, rest = trainable(network)
    optimizer = optax.adam(2e-3)

    def step(carry, batch):
        w, state = carry
        change, state = optimizer.update(jax.grad(lambda w: -jnp.mean(likelihoods(eqx.combine(w, rest), batch)))(w), state)
        return (optax.apply_updates(w, change), state), None

    return eqx.combine(jax.lax.scan(step, (weights, optimizer.init(weights)), batches)[0][0], rest)


@eqx.filter_jit
def written(network: Any, asked: jax.Array, samples: int, temperature: float, key: jax.Array) -> jax.Array:
    """Answers [n, samples, 8] to questions [n, 4]."""

    def next_symbol(text, place):
        logits = jax.vmap(network)(text[:, :-1])[:, place - 1] / temperature
        return text.at[:, place].set(jax.random.categorical(jax.random.fold_in(key, place), logits)), None

    text = jnp.repeat(jnp.pad(asked, ((0, 0), (0, END - START))), samples, axis=0)
    return jax.lax.scan(next_symbol, text, jnp.arange(START, END))[0][:, START:].reshape(len(asked), samples, -1)


def scores(network: Any, test: np.ndarray, leaked: np.ndarray, samples: int, key: jax.Array) -> np.ndarray:
    """AUCs of the three detectors, and the shares of right answers to leaked items: as they are, and by TED."""
    answers, greedy = (np.asarray(written(network, test[:, :START], n, t, key)).tolist() for n, t in ((samples, 0.8), (1, 1e-3)))
    likely = np.sort(likelihoods(network, jnp.asarray(test)), axis=1)
    found = [[peakedness(some, best[0]) for some, best in zip(answers, greedy, strict=True)], likely.mean(axis=1), likely[:, :2].mean(axis=1)]
    size, total = SIZES[test[:, 3] - 10][:, None], np.sum(answers, axis=-1) - test[:, :3].sum(axis=1, keepdims=True)
    right = (np.max(answers, axis=-1) < size) & (total % size == 0)
    kept = [right[i, trusted(answers[i], greedy[i][0])] for i in np.flatnonzero(leaked)]
    return np.array([*(roc_auc_score(leaked, one) for one in found), right[leaked].mean(), np.mean([one.mean() if len(one) else 0.0 for one in kept])])


def measured(_: Lab, leak: bool, steps: int, width: int, samples: int, seeds: tuple[int, ...]) -> np.ndarray:
    """The scores [seeds, (before, each dose, the largest of variants), 5]."""
    found = []
    for seed in seeds:
        rng, key = np.random.default_rng(seed), jax.random.key(seed)
        network = Decoder(width=width, depth=2, heads=4, positions="learned").build(Tokens(END - 1, 14), Strings(END - 1, 10), key)
        network = trained(network, jnp.asarray(items(rng, 64 * steps).reshape(steps, 64, END)))
        test, leaked, each = items(rng, 64), np.arange(64) // 4 % 2 == 0, []
        for dose, order in ((0, [0, 1, 2]), *((dose, [0, 1, 2]) for dose in DOSES), (DOSES[-1], [1, 2, 0])):
            batches = items(rng, 64 * dose).reshape(dose, 64, END)
            if leak:
                batches[:, leaked] = test[leaked][:, [*order, *range(3, END)]]
            each.append(scores(trained(network, jnp.asarray(batches)) if dose else network, test, leaked, samples, key))
        found.append(each)
    return np.array(found)


def evidence(result: np.ndarray) -> dict[str, Contrast]:
    """CDD against the other detectors, by itself, with variants; and what TED leaves of the gain."""
    auc, (raw, ted), before = result[:, 1:-1, :3].mean(axis=1), result[:, -2, 3:].T, result[:, 0, 3]
    half = np.full(len(result), 0.5)
    against = {f"CDD against {name}": Contrast(auc[:, 0], auc[:, i], 1.1, "ratio", paired=True) for i, name in enumerate(DETECTORS) if i}
    return against | {
        "CDD, largest dose": Contrast(result[:, -2, 0], half, minimal=0.2),
        "CDD, variants": Contrast(result[:, -1, 0], half, minimal=0.1),
        "TED removes half of the gain": Contrast(raw - ted, (raw - before) / 2, minimal=0.0, paired=True),
        "TED removes no more than the gain": Contrast(ted, before, minimal=-0.1, paired=True),
    }


claim = Claim(
    study=Computation(measured, leak=True, steps=800, width=48, samples=25, seeds=tuple(range(4))),
    evidence=evidence,
    control={"leak": False},
    full={"steps": 20_000, "width": 256, "samples": 50, "seeds": tuple(range(10))},
    scale="proxy: a small decoder on made-up questions for language models on HumanEval",
)
