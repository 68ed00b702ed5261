"""Transformer encoder (Vaswani et al. 2017): every place sees every place."""

from typing import ClassVar

from unseen.models._attending import Attending


class Encoder(Attending):
    """Transformer encoder: attention in both directions, over all places that are not padding; how much padding follows changes nothing.

    stream = sqrt(width) embed[x] (+ positions); each layer: stream ← norm(stream + attention), stream ← norm(stream + MLP) with LayerNorm after the
    sum and an MLP of width `ratio·width`; logits = stream @ readout + bias at every place, or at the last used one for a single output.
    Attention has no biases. Embeddings are truncated normal of deviation 0.02, other weights 1/sqrt(fan in), biases 0. With the defaults, and
    `positions` any but "learned", it is the transformer encoder of Delétang et al. (2023) without dropout.

    Departs: sinusoidal positions count 0, 1, 2 … from the first symbol; in the code of Delétang et al. they count down to 1 at the last place of the
    input. Their dropout, of rate 0.1, is also on when they test; here it is off then.

    Attributes:
        positions: see `unseen.models.positions`: "none", "sinusoidal", "learned" (a table of as many rows as the input has places), "rotary",
            "alibi", "relative", "buckets", "fire". All but "none" and "learned" are defined at every length.
        norm: "post" as above, or "pre": stream ← stream + attention(norm(stream)), and a last norm before the readout.
        width: of the stream; a multiple of `heads`, even for "sinusoidal" and "relative", a multiple of twice `heads` for "rotary".
        depth: layers, at least 1.
        ratio: width of the MLP in units of `width`.
        activation: see `unseen.models.layers.activation`.
        randomized: None, or the number L of places of which each string gets a uniform subset, in order, as its positions (Ruoss et al. 2023): in training
            a fresh one each time, in evaluation one that the string determines. In their code all strings of a batch share one, drawn afresh in evaluation
            too. L is then the longest string.
        dropout: rate in [0, 1) after embedding, attention and MLP; None compiles no randomness in.

    >>> network = Encoder(width=16, depth=1, positions="relative").build(Tokens(5, 4), Classes(3), jax.random.key(0))
    >>> network(jnp.array([0, 1, 2, 3, 0])).shape
    (3,)
    """

    causal: ClassVar[bool] = False
