"""From Optimization Dynamics to Generalization Bounds via Łojasiewicz Gradient Inequality.

Liu, Yang, Hayou & Li 2022 (arXiv 2202.10670, TMLR).

Claim: where ‖∇L‖ ≥ c L^θ all along training (Uniform-LGI), gradient flow is no longer than L^(1-θ) / (c (1 - θ)) and its loss falls at a known rate; the ball
that it can reach gives bounds on generalization that match or extend earlier ones for linear and kernel regression and two-layer networks.
Measured: path and loss of exact gradient flow over their limits, with c from the spectrum, for linear regression (50 to 400 examples in twice as many
dimensions) and kernel regression on two digits; the limit's radius over √n; for two-layer ReLU networks under gradient descent, θ and c fitted to the first
half of training against gradients and path of the second; and the network bound's term 1 / (c² (1 - θ)² √n), θ and c fitted to all of training, against
the gap of losses, over shares of flipped labels and over sizes of the sample.
Departs from the paper: 50 units and 20 to 160 images of 8 x 8 digits, for 512 and 1000 to 10,000 of CIFAR10; 6000 steps, as many as it takes or not; losses are
not lessened by the least one seen, 0 being the infimum. Read as abstract and authors' code, which gives the way to fit θ and c, and the network bound up to
constants; its second term, √(width / n), is left out: it hangs on neither labels nor training. The limits were derived again, and tested against flows
solved by SciPy. That a bound with these radii covers is tested in `tests/bounds/test_gradient_path.py`; it says something only where targets are small.
Would be refuted by: a path or loss beyond its limit; a radius over √n that does not fall by 1.5 from 50 to 400 examples; gradients of the second half a tenth
below the fitted inequality, or a path beyond what it allows; a rank correlation of the term with the gap below 0.5, over flips or sizes.
Control: c is taken a hundred times too large.
Tried: rate 0.5 and 1000 steps (seeds 100 and 101): flipped labels were not fit, and losses oscillated. This design (seeds 102 and 103): paths 0.34 to 0.44 of
the limit for linear, 0.23 to 0.27 for kernel regression; radius over √n down from 0.25 and 0.34 to 0.12; gradients of the second half 2.6 and more times
the inequality's, paths 0.03 of the limit. With flipped labels constants of the first half do not hold in the second (gradients down to 0.5 of the inequality's,
a path of 7.7 limits): only clean labels are judged, as in the paper's figures of it. θ is 0.91 to 0.92 for clean labels, up to 1.04 for flipped ones, where
the limit is infinite. In linear regression the radius is ‖y‖ / √λ_min, the same for true and for random labels of one norm: that bound cannot tell them apart.
"""

import numpy as np
from scipy.spatial.distance import cdist

from unseen.bounds.gradient_path import fit_inequality, flow_against_limits, kernel_constant, path_limit
from unseen.claim import Claim, Computation, Contrast, Lab, Trend
from unseen.tasks.digit_pairs import PAIRS, DigitPairs

SIZES, NETWORK_SIZES = (50, 100, 200, 400), (20, 40, 80, 160)
FLIPS, WIDTH, RATE = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5), 50, 0.2


def network(x: np.ndarray, y: np.ndarray, steps: int, rng: np.random.Generator) -> tuple:
    """Logistic losses and gradient norms of a two-layer ReLU network under full-batch gradient descent, and the trained network."""
    first, second = rng.uniform(-1, 1, (x.shape[1], WIDTH)) / np.sqrt(x.shape[1]), rng.uniform(-1, 1, WIDTH) / np.sqrt(WIDTH)
    losses, norms = np.empty(steps), np.empty(steps)
    for step in range(steps):
        hidden = np.maximum(x @ first, 0)
        margin = y * (hidden @ second)
        back = -y / (1 + np.exp(margin)) / len(y)
        to_second, to_first = hidden.T @ back, x.T @ (np.outer(back, second) * (hidden > 0))
        losses[step], norms[step] = np.logaddexp(0, -margin).mean(), np.sqrt((to_first**2).sum() + (to_second**2).sum())
        first, second = first - RATE * to_first, second - RATE * to_second
    return losses, norms, lambda at: np.maximum(at @ first, 0) @ second


def sample(images: np.ndarray, n: int, flips: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Inputs and labels ±1 of n training images of two digits, a share of labels flipped, and of all others."""
    orders = [rng.permutation(images.shape[1]) for _ in range(2)]
    parts = [np.concatenate([images[k][order[at]] for k, order in enumerate(orders)]) for at in (slice(n // 2), slice(n // 2, None))]
    labels = [np.repeat([-1.0, 1.0], len(part) // 2) for part in parts]
    labels[0][rng.choice(n, round(flips * n), replace=False)] *= -1
    return parts[0], labels[0], parts[1], labels[1]


def networks(images: np.ndarray, n: int, flips: float, steps: int, factor: float, rng: np.random.Generator) -> dict[str, float]:
    """Of one network: how its second half keeps to constants fitted to its first, the bound's term in θ and c, and its gap."""
    x, y, at, wanted = sample(images, n, flips, rng)
    losses, norms, predict = network(x, y, steps, rng)
    half = steps // 2
    theta, c = fit_inequality(losses[:half], norms[:half])
    whole, least = fit_inequality(losses, norms)
    return {
        "inequality": float(np.min(norms[half:] / (factor * c * losses[half:] ** theta))),
        "path": RATE * float(norms[half:].sum()) / path_limit(losses[half], theta, factor * c),
        "term": 1 / (least**2 * (1 - whole) ** 2 * np.sqrt(n)),
        "gap": float(np.logaddexp(0, -wanted * predict(at)).mean() - losses[-1]),
    }


def paths(_: Lab, factor: float, steps: int, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """`flow_against_limits` of linear [seeds, sizes] and kernel regression [seeds], its bounds, and `networks` over flips and sizes."""
    found: dict[str, list] = {name: [] for name in ("linear", "kernel", "slack", "flips", "sizes")}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        images = DigitPairs().load()[list(PAIRS[rng.integers(len(PAIRS))])]
        grams, targets = [], []
        for n in SIZES:
            x, beta = rng.normal(size=(n, 2 * n)), rng.normal(size=2 * n)
            x, beta = x / np.linalg.norm(x, axis=1, keepdims=True), beta / np.linalg.norm(beta)
            grams, targets = [*grams, x @ x.T], [*targets, x @ beta]
        found["linear"].append([flow_against_limits(gram, y, factor * kernel_constant(gram)) for gram, y in zip(grams, targets, strict=True)])
        radii = [path_limit(float(y @ y) / (2 * len(y)), 0.5, kernel_constant(gram)) for gram, y in zip(grams, targets, strict=True)]
        found["slack"].append(radii / np.sqrt(SIZES))
        x, y = sample(images, 160, 0.0, rng)[:2]
        gram = np.exp(-cdist(x, x) / 2)
        found["kernel"].append(flow_against_limits(gram, y, factor * kernel_constant(gram)))
        found["flips"].append([networks(images, NETWORK_SIZES[-1], flips, steps, factor, rng) for flips in FLIPS])
        found["sizes"].append([networks(images, n, 0.0, steps, factor, rng) for n in NETWORK_SIZES])
    return {name: np.array(value) for name, value in found.items()}


def evidence(result: dict[str, np.ndarray]) -> dict[str, Contrast | Trend]:
    """Flows keep to their limits, networks to constants fitted before, and the bound goes with the gap over flips and sizes."""

    def of(family: str, name: str) -> np.ndarray:
        return np.array([[one[name] for one in row] for row in result[family]])

    def follows(family: str) -> Trend:
        term, gap = of(family, "term"), of(family, "gap")
        return Trend(term.ravel(), gap.ravel(), minimal=0.5, groups=np.repeat(np.arange(len(gap)), gap.shape[1]))

    linear, kernel, ones = result["linear"].max(axis=1), result["kernel"], np.ones(len(result["kernel"]))
    return {
        "linear: path within its limit": Contrast(ones, linear[:, 0], minimal=0.0, paired=True),
        "linear: loss within its limit": Contrast(ones, linear[:, 1], minimal=0.0, paired=True),
        "kernel: path within its limit": Contrast(ones, kernel[:, 0], minimal=0.0, paired=True),
        "kernel: loss within its limit": Contrast(ones, kernel[:, 1], minimal=0.0, paired=True),
        "linear: the bound falls with the sample": Contrast(result["slack"][:, 0], result["slack"][:, -1], minimal=1.5, statistic="ratio", paired=True),
        "network: constants of the first half hold in the second": Contrast(of("sizes", "inequality").min(axis=1), ones, minimal=-0.1, paired=True),
        "network: path of the second half within its limit": Contrast(ones, of("sizes", "path").max(axis=1), minimal=0.0, paired=True),
        "network: bound rises with the gap over flipped labels": follows("flips"),
        "network: bound falls with the gap over sizes": follows("sizes"),
    }


claim = Claim(
    study=Computation(paths, factor=1.0, steps=6000, seeds=tuple(range(5))),
    evidence=evidence,
    control={"factor": 100.0},
    full={"steps": 100_000, "seeds": tuple(range(20))},
    scale="proxy: a network of 50 units on pairs of 8 x 8 digits in place of larger ones on CIFAR10",
)
