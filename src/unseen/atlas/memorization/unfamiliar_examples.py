"""Unfamiliar Finetuning Examples Control How Language Models Hallucinate.

Kang, Wallace, Tomlin, Kumar & Levine 2024 (arXiv 2403.05612, NAACL 2025).

Claim: the less familiar a question is to the base model, the more a finetuned model answers it as the unfamiliar examples of finetuning were answered,
whatever that is; so these examples control what it makes up, and can teach it to say that it does not know.
Measured: a network trained once on a stream of statements on 1500 names, met 0, 2, 8, 32 or 128 times, and on 20,000 others met once, each name with one of
four attributes at random; finetuned on questions on 800 of the names, the unfamiliar half (met 0 or 2 times) answered truly, by labels of which 70 % are one
and the same, or by "I don't know"; its answers to questions on the other names, by how often they were met, and against the base model's negative
log-likelihood of the true attribute.
Departs from the paper: a perceptron with two hidden layers on the embeddings of first name, last name, and statement or question, in place of Llama 2 on
MMLU and TriviaQA; unfamiliar are names met seldom, by count, not by the base model's answers; names met once keep the base model from being sure of what it
does not know. Only multiple-choice supervised finetuning: reinforcement learning, reward models and long-form answers are left out. Read as abstract and
summaries; the shares and sizes are ours.
Would be refuted by: "I don't know" to names never met that is less than 0.5 more probable than to names met 128 times, or taught at the cost of more than
0.15 of the accuracy on the latter; answers on names never met that are less than 0.2 (of at most 0.45, in total variation) nearer to the one-sided labels
than to even ones; no fall of the distance to the labels with the negative log-likelihood.
Control: the supervision of the familiar half (met 32 or 128 times) is changed instead.
Tried: this design on seeds 100 to 102: 0.80 more probable, 0.06 of accuracy lost, 0.37 nearer. Before it, on seed 100: with "I don't know", by times met,
its probability was 0.91, 0.94, 0.82, 0.37, 0.13, in the control about 0.5 at all; distances of the mean answer to one-sided labels 0.04, 0.12, 0.16, 0.42,
0.44. With one hidden layer 0.70 and 0.47, with a small transformer 0.71 and 0.16 to 0.27; with fewer names finetuned on (240) 0.68 and 0.34. Without names
met once the base model was sure of names never met (log-likelihood -2.8 to -4.6), and finetuning on them told nothing apart (0.5 to 0.6 at all). Single
answers on unfamiliar names stay far from the labels' distribution (0.4 to 0.6), as finetuning learns them by heart.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from unseen._types import Classes, Tokens, outputs, trainable
from unseen.claim import Claim, Computation, Contrast, Lab, Trend
from unseen.models.mlp import MLP

TIMES, NAMES, ONE_SIDED = (0, 2, 8, 32, 128), 150, np.array([0.1, 0.7, 0.1, 0.1, 0.0])
EVEN, UNKNOWN = np.array([0.25, 0.25, 0.25, 0.25, 0.0]), 4


@eqx.filter_jit
def trained(network: Any, x: jax.Array, y: jax.Array, batches: jax.Array, rate: float) -> Any:
    """The network after one step of Adam on each batch of examples [steps, 64]."""
    weights, rest = trainable(network)
    optimizer = optax.adam(rate)

    def step(carry, batch):
        w, state = carry
        gradient = jax.grad(lambda w: jnp.mean(optax.softmax_cross_entropy_with_integer_labels(outputs(eqx.combine(w, rest), x[batch]), y[batch])))(w)
        change, state = optimizer.update(gradient, state)
        return (optax.apply_updates(w, change), state), None

    return eqx.combine(jax.lax.scan(step, (weights, optimizer.init(weights)), batches)[0][0], rest)


def answers(_: Lab, changed: str, each: int, asked: int, width: int, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """By times met: the base model's negative log-likelihood, and the mean answers [seeds, times, 5] and accuracies after each kind of finetuning."""
    found: dict[str, list] = {name: [] for name in ("unfamiliarity", "true", "one-sided", "unknown", "accuracy: true", "accuracy: unknown")}
    for seed in seeds:
        rng, key = np.random.default_rng(seed), jax.random.key(seed)
        pairs = rng.permutation(NAMES**2)[: len(TIMES) * each + 20_000]
        label, times = rng.integers(4, size=len(pairs)), np.append(np.repeat(TIMES, each), np.ones(20_000, int))
        statement, question = (jnp.column_stack([pairs // NAMES, NAMES + pairs % NAMES, np.full(len(pairs), 2 * NAMES + i)]) for i in (0, 1))
        stream = rng.permutation(np.repeat(np.arange(len(pairs)), times))
        network = MLP(embedding=64, hidden=(width, width), bias=True).build(Tokens(3, 2 * NAMES + 2), Classes(5), key)
        base = trained(network, statement, jnp.asarray(label), jnp.asarray(stream[: len(stream) // 64 * 64].reshape(-1, 64)), 2e-3)
        known = np.arange(len(TIMES) * each).reshape(len(TIMES), each)
        taught, held_out = known[[0, 1, 3, 4], :asked].reshape(2, -1), known[:, asked:]
        batches = taught.reshape(-1)[rng.integers(taught.size, size=(200, 64))]
        found["unfamiliarity"].append(-jax.nn.log_softmax(outputs(base, statement))[held_out, label[held_out]].mean(axis=1))
        altered = taught[0 if changed == "unfamiliar" else 1]
        for name, supervision in {"true": label[altered], "one-sided": rng.choice(5, len(altered), p=ONE_SIDED), "unknown": UNKNOWN}.items():
            labels = label.copy()
            labels[altered] = supervision
            answer = jax.nn.softmax(outputs(trained(base, question, jnp.asarray(labels), jnp.asarray(batches), 1e-3), question))[held_out]
            found[name].append(answer.mean(axis=1))
            if name != "one-sided":
                found[f"accuracy: {name}"].append((answer.argmax(axis=-1) == label[held_out]).mean(axis=1))
    return {name: np.array(values) for name, values in found.items()}


def evidence(result: dict) -> dict[str, Contrast | Trend]:
    """What is said of names never met, of names met often, and how the distance to the labels goes with unfamiliarity."""
    unknown, seeds = result["unknown"][..., UNKNOWN], len(result["unknown"])
    to_labels, to_even = (np.abs(result["one-sided"] - labels).sum(axis=-1) / 2 for labels in (ONE_SIDED, EVEN))
    groups = np.repeat(np.arange(seeds), len(TIMES))
    trends = {"one-sided": to_labels, "unknown": 1 - unknown}
    return {
        "unknown: never met against met often": Contrast(unknown[:, 0], unknown[:, -1], minimal=0.5, paired=True),
        "unknown: what was met often is still told": Contrast(result["accuracy: unknown"][:, -1], result["accuracy: true"][:, -1], minimal=-0.15, paired=True),
        "one-sided: never met, nearer to the labels than to even ones": Contrast(to_even[:, 0], to_labels[:, 0], minimal=0.2, paired=True),
        **{
            f"{name}: distance to the labels by unfamiliarity": Trend(
                result["unfamiliarity"].ravel(), distance.ravel(), minimal=0.5, direction=-1, groups=groups
            )
            for name, distance in trends.items()
        },
    }


claim = Claim(
    study=Computation(answers, changed="unfamiliar", each=300, asked=200, width=256, seeds=tuple(range(12))),
    evidence=evidence,
    control={"changed": "familiar"},
    full={"each": 450, "asked": 350, "width": 1024, "seeds": tuple(range(20))},
    scale="proxy: a perceptron on made-up facts for Llama 2",
)
