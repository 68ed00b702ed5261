"""Neural Networks and the Chomsky Hierarchy.

Delétang, Ruoss, Grau-Moya, Genewein, Wenliang, Catt, Cundy, Hutter, Legg, Veness, Ortega 2023 (arXiv 2207.02098, ICLR), table 2.

Claim: the level of a language in the Chomsky hierarchy forecasts which networks generalize to longer strings than they were trained on: recurrent
networks do on regular languages and transformers not even there; on deterministic context-free ones only networks with a stack (or tape) do.
Measured: accuracy at lengths 17 to 48 after training on lengths 1 to 16, for parity (regular) and reversal (deterministic context-free).
Departs from the paper: two of fifteen languages; lengths 1 to 16 and 17 to 48 (1 to 40 and 41 to 500); networks of width 64 (256), 3000 steps (1,000,000),
the learning rate 0.003, not among theirs; the mean of three seeds (the best of ten seeds, three rates and five position schemes); an encoder of two layers of
width 32 with relative positions, without dropout. The context-sensitive level and the tape need longer training: see the study `chomsky`.
Would be refuted by: an LSTM that reverses longer strings as well as a Stack-RNN, or an encoder as good at parity as a recurrent network.
Control: the stack holds a single entry, so it is no memory; what was said of the stack must vanish.
Tried: seed 100, once; nothing was changed after it but the encoder's width (64, where it took most of the time and was at chance too).
"""

import numpy as np

from unseen._types import over
from unseen.claim import Claim, Contrast
from unseen.engine.probe import Score
from unseen.engine.schedule import LinSpaced
from unseen.methods.method import Method
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.clipped import Clipped
from unseen.models.encoder import Encoder
from unseen.models.lstm import LSTM
from unseen.models.rnn import RNN
from unseen.models.stack_rnn import StackRNN
from unseen.study import Runs, Study
from unseen.tasks.strings.parity_check import ParityCheck
from unseen.tasks.strings.reverse_string import ReverseString

SPANS = {"lengths": (1, 16), "beyond": (17, 48), "samples": 16}

recipe = Study(
    task=ParityCheck(**SPANS),
    model=over(RNN(64), LSTM(64), Encoder("relative", width=32, heads=4, depth=2), name="architecture"),
    method=Method(order=Sample(128), update=Clipped(AdamW(learning_rate=3e-3, weight_decay=0.0))),
    steps=3000,
    seeds=3,
    record=(Score(splits=("test", "longer")),),
    at=LinSpaced(2),
)

studies = {
    "regular": recipe,
    "context-free": recipe.with_({"task": ReverseString(**SPANS), "model": over(RNN(64), LSTM(64), StackRNN(64, size=48), name="architecture")}),
}

BEYOND = {"lengths": (1, 40), "beyond": (41, 500), "samples": 32}

PAPER = {"method": Method(order=Sample(128), update=Clipped(AdamW(learning_rate=5e-4, weight_decay=0.0))), "steps": 1_000_000, "seeds": 10}


def evidence(result: dict[str, Runs]) -> dict[str, Contrast]:
    """The stack against both plain recurrent networks on the context-free language, recurrent networks against the encoder on the regular one."""

    def accuracy(level: str, architecture: str) -> np.ndarray:
        runs = result[level]
        (name,) = {name for name in runs.table["architecture"] if name.startswith(architecture)}
        return runs.where(architecture=name).values("longer_accuracy")

    return {
        "context-free: stack against RNN": Contrast(accuracy("context-free", "StackRNN"), accuracy("context-free", "RNN"), minimal=0.1),
        "context-free: stack against LSTM": Contrast(accuracy("context-free", "StackRNN"), accuracy("context-free", "LSTM"), minimal=0.1),
        "regular: RNN against encoder": Contrast(accuracy("regular", "RNN"), accuracy("regular", "Encoder"), minimal=0.3),
        "regular: LSTM against encoder": Contrast(accuracy("regular", "LSTM"), accuracy("regular", "Encoder"), minimal=0.3),
    }


claim = Claim(
    study=studies,
    evidence=evidence,
    control={"context-free": {"model": over(RNN(64), LSTM(64), StackRNN(64, size=1), name="architecture")}},
    full={
        "regular": PAPER | {"task": ParityCheck(**BEYOND), "model": over(RNN(256), LSTM(256), Encoder("relative", depth=5), name="architecture")},
        "context-free": PAPER | {"task": ReverseString(**BEYOND), "model": over(RNN(256), LSTM(256), StackRNN(256, size=500), name="architecture")},
    },
)
