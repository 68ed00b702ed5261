"""The families of complexity measures that were tested for predicting generalization, all from one trained network, its start and its training set."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from unseen._types import Snapshot, outputs
from unseen.engine.probe import Probe
from unseen.measures.complexity.norm_complexity import norm_complexities, weight_matrices
from unseen.measures.complexity.perturbation_radius import adaptive_flatness_complexity, flatness_complexity, noise_radius, worst_radius
from unseen.measures.margin import margins
from unseen.measures.per_example import gradient_statistics

FAMILIES = {
    "size": ("parameters",),
    "margin and loss": ("1/margin", "cross-entropy"),
    "norms": ("Frobenius", "Frobenius product", "Frobenius product/margin", "Frobenius sum/margin"),
    "spectral norms": ("spectral product", "spectral product/margin", "spectral sum/margin", "spectral bound", "stable rank"),
    "distance": ("distance", "spectral distance"),
    "paths": ("path", "path/margin"),
    "flatness": ("1/σ", "1/σ'", "1/α'"),
    "PAC-Bayes": ("PAC-Bayes, start", "PAC-Bayes, 0", "PAC-Bayes', start", "PAC-Bayes', 0"),
    "training": ("training steps", "gradient variance"),
}
"""Names of the measures by family; each is larger for what is thought to generalize worse. A prime marks changes in proportion to the weights."""


class GeneralizationMeasures(Probe):
    """Records every measure of `FAMILIES` under its name, from the training set alone.

    Those of `norm_complexities`, with the 10 % quantile of margins; "1/σ", "1/σ'" of `noise_radius`; "1/α'" of `worst_radius`; "PAC-Bayes" from σ and the
    distance to the start or to 0; "training steps" so far (the speed of training); "gradient variance": the trace of the covariance of the gradients of
    single examples (gradient noise). Source: Jiang et al. (2020), "Fantastic Generalization Measures and Where to Find Them".

    Attributes:
        quantile: of margins.
    """

    quantile: float = eqx.field(static=True, default=0.1)

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        network, train, objective = snapshot.network, snapshot.splits["train"], snapshot.cell.method.objective
        out, n = outputs(network, train.x), len(train)
        margin = jnp.sort(margins(out, train.y))[max(round(self.quantile * n) - 1, 0)]
        found = norm_complexities(network, snapshot.initial, margin, jax.tree.map(lambda leaf: leaf[0], train.x))
        found["cross-entropy"], found["training steps"] = jnp.mean(objective.each(out, train.y)), snapshot.step.astype(float)
        found["gradient variance"] = gradient_statistics(network, objective, train).variance
        first, second = jax.random.split(snapshot.key)
        sigma, adaptive = noise_radius(network, train, first), noise_radius(network, train, second, adaptive=True)
        found |= {"1/σ": 1 / sigma, "1/σ'": 1 / adaptive, "1/α'": 1 / worst_radius(network, objective, train)}
        moved = [now - start for now, start in zip(weight_matrices(network), weight_matrices(snapshot.initial), strict=True)]
        for name, distance in {"start": jnp.sqrt(found["distance"]), "0": jnp.sqrt(found["Frobenius"])}.items():
            found[f"PAC-Bayes, {name}"] = flatness_complexity(sigma, distance, n)
            found[f"PAC-Bayes', {name}"] = adaptive_flatness_complexity(adaptive, distance, moved, n)
        return found
