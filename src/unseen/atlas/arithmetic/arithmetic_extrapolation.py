"""Measuring Arithmetic Extrapolation Performance.

Madsen & Johansen 2019 (arXiv 1910.01888, NeurIPS workshop SEDL): abstract, the authors' code, and their table of success rates, which stands in the source of
their later paper (2001.05016, table of the appendix) with the criterion in full.

Claim: judged by whether a run solves the task on numbers beyond all seen, and not by its error, arithmetic units do not consistently learn to extrapolate,
and least of all to multiply: NAC+ always learns sums, but NAC• learns products in few runs (31 of 100 in the paper), NALU in none, and sums in few (14).
Measured: the share of runs that solve sums, and products, of two hidden subsets of a vector on numbers from 2 to 6 after training on 1 to 2. Solved: the mean
squared error there is below that of the perfect solution with all weights of its first layer off by 1e-5, at the recorded step with the least error on
fresh numbers from 1 to 2 (`unseen.measures.arithmetic.success`, which also gives the paper's intervals of rate, first step and sparsity).
Departs from the paper: vectors of 20 numbers (100), batches of 64 (128), 40,000 steps, the rate from 0.2 to 0 along a cosine (5,000,000 at 0.001), 12 seeds
(100). With so few steps a run that has found its subsets may still end above the criterion; the paper's NAC• needs six times as long as its NAC+.
Left out: division (nothing solves it in the paper), differences (but for the control), linear layers, and how success hangs on size, overlap and range.
Would be refuted by: products by NAC•, or anything by NALU, that are solved in nearly as many runs as sums by NAC+.
Control: differences by NAC+ in the place of products by NAC•, so that nothing is multiplied.
Tried (seeds 100 to 129): the rate and the number of steps were chosen so that NAC+ solves all sums: at rates to 0.03 or 30,000 steps most runs end above the
criterion. Vectors of 10: NAC• solves 11 of 16 in 40,000 steps, so that the difference would be small here; of 20: 0 of 8 (seeds 110 to 117), then 1 of 4 and
1 of 6. 20 was taken as nearer to the paper's 100. NALU: 1 of 4 sums, no product. NMU with its penalty in the place of NAC• solves 3 of 6: no control here.
Differences by NAC+: 8 of 8.
"""

from unseen.claim import Claim, Contrast
from unseen.engine.schedule import LinSpaced
from unseen.measures.arithmetic.success import Excess, success
from unseen.methods.method import Method
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.cosine import Cosine
from unseen.models.nalu import NALU
from unseen.study import Runs, Study
from unseen.tasks.subset_arithmetic import SubsetArithmetic

NALUS = NALU(("gated", "gated"))
PRODUCTS = {"task.operation": "multiply"}

sums = Study(
    task=SubsetArithmetic("add", size=20, test_size=500),
    model=NALU(("add", "add")),
    method=Method(order=Sample(64), objective=SquaredError(), update=AdamW(Cosine(0.2, 40_000), weight_decay=0.0)),
    steps=40_000,
    seeds=12,
    record=(Excess(),),
    at=LinSpaced(21),
)
studies = {
    "sums, NAC+": sums,
    "sums, NALU": sums.with_({"model": NALUS}),
    "products, NAC•": sums.with_(PRODUCTS | {"model": NALU(("add", "multiply"))}),
    "products, NALU": sums.with_(PRODUCTS | {"model": NALUS}),
}


def evidence(results: dict[str, Runs]) -> dict[str, Contrast]:
    """Sums by NAC+ are solved in more runs than each of the others."""
    solved = {name: success(runs).solved.astype(float) for name, runs in results.items()}
    order = ("products, NAC•", "products, NALU", "sums, NALU")
    return {f"sums, NAC+ against {name}": Contrast(solved["sums, NAC+"], solved[name], minimal=0.2) for name in order}


PAPER = {
    "task.size": 100,
    "task.test_size": 10_000,
    "method.order.batch": 128,
    "method.update": AdamW(1e-3, weight_decay=0.0),
    "steps": 5_000_000,
    "seeds": 100,
    "at": LinSpaced(5001),
}

claim = Claim(
    study=studies,
    evidence=evidence,
    control={"products, NAC•": {"task.operation": "subtract", "model": NALU(("add", "add"))}},
    full=dict.fromkeys(studies, PAPER),
)
