"""The system that the benchmarks share: the decoder, data and recipe of the EMA-filter experiment of Grokfast (Lee et al. 2024, the authors' README)."""

from unseen.engine.probe import Score
from unseen.engine.schedule import Every, Stop
from unseen.methods.gradient.ema_filter import EmaFilter
from unseen.methods.gradient.in_parts import InParts
from unseen.methods.method import Method
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.order.shuffle import Shuffle
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.warmup import Warmup
from unseen.models.mlp import MLP
from unseen.models.transformer import Transformer
from unseen.models.transformers.two_symbols import TwoSymbolTransformer
from unseen.study import Study
from unseen.tasks.operation_table import OperationTable

PEER = "--filter ema --alpha 0.98 --lamb 2.0 --weight_decay 0.005"
GOAL = Stop("test_accuracy", above=0.99)


MODEL = {"depth": 2, "width": 128, "heads": 4, "norm": "stream", "activation": "gelu", "init": "torch"}


def same(steps: int = 5000, seed: int = 0, precision: str = "float32") -> Study:
    """Multiplication modulo 97 on half of its table with the authors' model and recipe, until 99 % of the unseen half is right."""
    return Study(
        task=OperationTable("multiply", p=97, template=("a", "*", "b", "=")),
        model=Transformer(**MODEL),
        method=Method(
            order=Shuffle(batch=512),
            gradient=EmaFilter(decay=0.98, amplify=2.0),
            update=AdamW(learning_rate=Warmup(1e-3, 10), b2=0.98, weight_decay=0.005, coupled=True),
        ),
        steps=steps,
        seeds=(seed,),
        record=(Score(splits=("test",)),),
        at=Every(50),
        stop=GOAL,
        precision=precision,
    )


def shared(steps: int = 5000, seed: int = 0, precision: str = "float32") -> Study:
    """The same function from the same initial weights, with what depends on one symbol computed once for each symbol."""
    return same(steps, seed, precision).with_({"model": TwoSymbolTransformer(**MODEL, symbols=(None, 97, None, 98))})


def parts(study: Study) -> Study:
    """The same study with one half of every batch to each of two cores; what changes is the order in which sums are rounded."""
    return study.with_({"method.gradient.inner": InParts(2)})


def mixed(steps: int = 5000, seed: int = 0) -> Study:
    """The same, its products with weights in bfloat16 with float32 sums."""
    return shared(steps, seed, "mixed")


def best(steps: int = 5000, seed: int = 0) -> Study:
    """The same table and goal with the recipe of ours that gets there soonest: a quadratic network under squared error, full batches."""
    return Study(
        task=OperationTable("multiply", p=97, template=("a", "b")),
        model=MLP(hidden=(256,), activation="quadratic"),
        method=Method(objective=SquaredError(), update=AdamW(learning_rate=1e-2, weight_decay=1.0)),
        steps=steps,
        seeds=(seed,),
        record=(Score(splits=("test",)),),
        at=Every(20),
        stop=GOAL,
    )
