"""How models of several kinds give scores. They are run, and never changed."""

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from unseen._problem import Problem
from unseen.audits.modes import InTraining, evaluated, in_training
from unseen.audits.white_box import Link, WhiteBox

BATCH = 1024
BLACK = "its weights cannot be seen from here: that is done for PyTorch modules, Equinox modules and pairs (apply, params)."


class Adapted(NamedTuple):
    """A model as it is asked.

    Attributes:
        predict: inputs → scores, or numbers.
        graded: whether scores say how sure it is, or only which class.
        classes: the names of the classes where the model knows them, or None.
        regression: whether it says numbers; None where that cannot be told from it.
        box: what its outputs are → how its weights are looked at; None where they cannot be.
        mode: what of it was in training mode; None where nothing was.
    """

    predict: Callable[[Any], Any]
    graded: bool = True
    classes: Any = None
    regression: bool | None = None
    box: Callable[[Link], WhiteBox] | None = None
    mode: InTraining | None = None


def plain_array(values: Any) -> np.ndarray:
    """Tensors, frames and sparse matrices as arrays."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = values.float() if values.is_floating_point() and values.element_size() == 2 else values  # NumPy has no bfloat16
    for method in ("to_numpy", "toarray"):
        if hasattr(values, method):
            return np.asarray(getattr(values, method)())
    return np.asarray(values)


def gathered(data: Any) -> Any:
    """A loader of batches (x, y), or a set of examples (x, y), as one pair of arrays or tensors; anything else as it is."""
    torch = sys.modules.get("torch")
    if torch is None:
        return data
    if isinstance(data, torch.utils.data.Dataset):
        data = torch.utils.data.DataLoader(data, batch_size=BATCH)
    if not isinstance(data, torch.utils.data.DataLoader):
        return data
    parts = [tuple(batch) if isinstance(batch, tuple | list) and len(batch) == 2 else None for batch in data]
    if not parts or None in parts:
        raise Problem("a loader: expected batches (inputs, labels), got none or others. Give a pair (x, y) of arrays or tensors.")
    return tuple(torch.cat([torch.as_tensor(part[place]) for part in parts if part]) for place in (0, 1))


def unlabelled(new: Any) -> Any:
    """Inputs without labels; of a loader or set of pairs the first of each."""
    found = gathered(new)
    return found[0] if found is not new else new


def adapted(model: Any) -> Adapted:
    """How to ask a model.

    Raises:
        Problem: when the model is none that can be audited.
    """
    if isinstance(model, type):
        raise Problem(f"model: expected a trained model, got the class {model.__name__}. Make one of it, and train it or load its weights.")
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        return _of_torch(model, torch)
    if (found := _of_jax(model)) is not None:
        return found
    classes = getattr(model, "classes_", None)
    if hasattr(model, "predict_proba"):
        return Adapted(model.predict_proba, True, classes, False)
    if hasattr(model, "predict") and classes is not None:
        place = {name: index for index, name in enumerate(np.asarray(classes).tolist())}
        return Adapted(lambda x: np.eye(len(place))[[place[label] for label in np.asarray(model.predict(x)).tolist()]], False, classes, False)
    if hasattr(model, "predict"):
        return Adapted(model.predict, regression=_regressor(model))
    if callable(model):
        return Adapted(lambda x: in_batches(x, model))
    raise Problem(
        f"model: expected a fitted estimator, a torch or Equinox module, a pair (apply, params), or a function to scores, got {type(model).__name__}."
    )


def _regressor(model: Any) -> bool | None:
    """Whether an object that has only `predict` is a regressor of scikit-learn; None for what is not of scikit-learn.

    Raises:
        Problem: a classifier that has not been fitted.
    """
    if "sklearn" not in sys.modules or not hasattr(model, "fit"):
        return None
    from sklearn.base import is_classifier, is_regressor

    if is_classifier(model):
        raise Problem(f"model: expected a fitted classifier, got {type(model).__name__} without classes_. Fit it.")
    return is_regressor(model) or None


def _of_torch(model: Any, torch: Any) -> Adapted:
    from unseen.audits.of_torch import TorchBox, as_tensor, scores_of

    ready, mode = evaluated(model)

    def scores(part: Any) -> np.ndarray:
        with torch.inference_mode():
            return scores_of(ready(as_tensor(ready, part))).float().cpu().numpy()

    return Adapted(lambda x: in_batches(x, scores), box=lambda link: TorchBox(ready, link), mode=mode)


def _of_jax(model: Any) -> Adapted | None:
    """For what may be JAX: a pair, or a module where Equinox was imported (without it nobody holds one)."""
    if not (isinstance(model, tuple) or "equinox" in sys.modules):
        return None
    from unseen.audits.of_jax import JaxBox, network_of

    network = network_of(model)
    if network is None:
        return None
    import jax

    from unseen._types import outputs

    whole = isinstance(model, tuple) and hasattr(network, "batch")
    mode = None if whole else in_training(model[0] if isinstance(model, tuple) else model)
    run = jax.jit(lambda part: network.batch(part) if whole else outputs(network, part))
    return Adapted(lambda x: in_batches(x, lambda part: run(jax.numpy.asarray(part))), box=lambda link: JaxBox(network, link), mode=mode)


def in_batches(x: Any, function: Callable[[Any], Any]) -> np.ndarray:
    """What a function of a batch gives for all of x."""
    n = examples_in(x)
    return np.concatenate([np.asarray(function(x[start : start + BATCH])) for start in range(0, n, BATCH)]) if n else np.zeros((0, 0))


def examples_in(x: Any) -> int:
    """How many examples there are; a sparse matrix has no length."""
    return x.shape[0] if hasattr(x, "toarray") else len(x)


def name_of(model: Any) -> str:
    """What the model is called; a pipeline with its steps."""
    if isinstance(model, tuple):
        return name_of(model[0])
    steps = getattr(model, "steps", None)
    name = getattr(model, "__name__", type(model).__name__)
    return f"{name} ({', '.join(type(step).__name__ for _, step in steps)})" if isinstance(steps, list) else name


def taken(x: Any, at: np.ndarray) -> Any:
    """The examples at some places, of arrays, tensors and frames alike."""
    if hasattr(x, "iloc"):
        return x.iloc[at]
    if hasattr(x, "detach") or hasattr(x, "columns"):
        return x[at.tolist()]
    return np.asarray(x)[at] if not hasattr(x, "toarray") else x[at]
