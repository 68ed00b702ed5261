"""Transformer decoder (Vaswani et al. 2017; Radford et al. 2019): every place sees itself and what stands before it."""

from typing import ClassVar

import equinox as eqx

from unseen.models._attending import Attending


class Decoder(Attending):
    """Causal transformer that answers at every place: what `Encoder` is, but no place sees what comes after it, and norms come first.

    stream = sqrt(width) embed[x] (+ positions); each layer: stream ← stream + attention(norm(stream)), stream ← stream + MLP(norm(stream));
    logits = norm(stream) @ readout + bias. The attributes are those of `Encoder`. For a single answer at the last place, `Transformer` is faster.

    With `Autoregressive` tasks this is a language model: each place is asked for the next symbol. That all symbols of an answer are the likeliest
    ones given the true symbols before them (`<split>_exact`) says exactly that greedy decoding writes the right answer.

    But for `randomized`, where the length of the answer is told beforehand: a subset of L places is drawn for a whole string of n symbols, as Ruoss et al.
    (2023) do it for encoders (their code refuses relative ones where attention is causal), so that the first symbol stands at (L − n)/(n + 1) on average, and
    each place can guess how much follows it, though not what. In evaluation strings of one length get the same places.

    >>> network = Decoder(width=16, depth=1, positions="rotary", heads=4).build(Tokens(5, 4), Strings(5, 3), jax.random.key(0))
    >>> network(jnp.array([0, 1, 2, 3, 0])).shape
    (5, 3)
    """

    positions: str = eqx.field(static=True, default="none")
    norm: str = eqx.field(static=True, default="pre")

    causal: ClassVar[bool] = True
