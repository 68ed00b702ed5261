"""On the Existence of Simpler Machine Learning Models.

Semenova, Rudin & Parr 2022 (arXiv 1908.01755; FAccT).

Claim: where the Rashomon ratio is large (a large part of a class of models is almost as good as the best), several different learning methods perform
similarly, and a simpler model exists that is about as accurate.
Measured: the ratio of trees of depth 4 whose training error is at most 0.05 above the best, on 22 two-class problems: 13 from scikit-learn's data sets, 9
from its generators; against it, over the problems, the spread (largest less smallest) of the test accuracies of five methods, and what a tree with four
leaves loses to the best of them, all averaged over eight divisions in training and test set; the spread where the ratio is in the upper third; and, of the
exact ratio for ridge regression, whether sampling agrees with it.
Departs from the paper: depth 4 (theirs is larger, as remembered); splits at observed values and labels of leaves are uniform, which may not be their law;
other and fewer problems, of which several share one data set, so that they are not independent; methods are not tuned; a rank correlation, which is not
theirs. "Large" is relative to the other problems. That it differs from other measures of complexity is not tested. Read as abstract only; the volume of the
ellipsoid was derived anew.
Would be refuted by: a rank correlation that does not reach -0.3, a median spread in the upper third that is not below 0.05, or an ellipsoid that is not
what sampling finds.
Rival: for ridge regression, the ellipsoid without the penalty.
Control: labels are permuted before the ratio is taken (and only there): it knows the inputs and the numbers of the classes, but not how hard they are to
tell.
Tried: nothing that the verdict rests on. As five data sets do not change with the seed, no relation was looked at before the design was committed. The
estimate was tried on 300 examples of breast cancer, seeds 100 to 102, for its cost and error; the rest on two problems, seed 100, to see that it runs.
"""

import numpy as np
from sklearn import datasets
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from unseen.claim import Agreement, Claim, Computation, Contrast, Lab, Trend
from unseen.measures.rashomon_ratio import ridge_rashomon_ratio, tree_rashomon_ratio

SIZE = 450  # most examples of a problem; a third of them is the test set
THETAS, PENALTY = (50.0, 100.0, 140.0), 442.0
PAIRS = ((1, 7), (3, 8), (4, 9), (5, 8))


def problems(seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Inputs and classes (0, 1) by name; the generated ones are drawn anew for each seed."""
    found = {}
    for name, load in (("iris", datasets.load_iris), ("wine", datasets.load_wine)):
        x, y = load(return_X_y=True)
        found |= {f"{name} {c}": (x, y == c) for c in range(3)}
    found["cancer"] = datasets.load_breast_cancer(return_X_y=True)
    x, y = datasets.load_digits(return_X_y=True)
    found |= {f"digits {a} {b}": (x[(y == a) | (y == b)], y[(y == a) | (y == b)] == b) for a, b in PAIRS} | {"digits odd": (x, y % 2)}
    draw = {"n_samples": SIZE, "random_state": seed}
    found |= {
        "moons": datasets.make_moons(noise=0.3, **draw),
        "circles": datasets.make_circles(noise=0.2, factor=0.5, **draw),
        "ball": datasets.make_hastie_10_2(**draw),
        "quantiles": datasets.make_gaussian_quantiles(n_features=5, n_classes=2, **draw),
        "clusters": datasets.make_classification(**draw),
        "blobs": datasets.make_blobs(centers=2, n_features=5, cluster_std=4.0, **draw),
    }
    values = {f"friedman {i}": make(**draw) for i, make in enumerate((datasets.make_friedman1, datasets.make_friedman2, datasets.make_friedman3), 1)}
    found |= {name: (x, y > np.median(y)) for name, (x, y) in (values | {"diabetes": datasets.load_diabetes(return_X_y=True)}).items()}
    return {name: (x, np.asarray(y > 0, int)) for name, (x, y) in found.items()}


def learners(seed: int) -> list:
    """The five methods, and at the end the tree with four leaves."""
    scaled = [make_pipeline(StandardScaler(), one) for one in (LogisticRegression(max_iter=1000), SVC())]
    ensembles = [RandomForestClassifier(30, random_state=seed), GradientBoostingClassifier(n_estimators=30, random_state=seed)]
    return [*scaled, *ensembles, DecisionTreeClassifier(random_state=seed), DecisionTreeClassifier(max_leaf_nodes=4, random_state=seed)]


def ridge(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Three shares of the unit ball by sampling, for three of the features of diabetes, each over the exact one; then the same of the rival."""
    x, y = (np.asarray(part) for part in datasets.load_diabetes(return_X_y=True))
    x, y = StandardScaler().fit_transform(x[:, (2, 3, 8)]), (y - y.mean()) / y.std()
    w = rng.normal(size=(samples, 3))
    w *= rng.uniform(size=(samples, 1)) ** (1 / 3) / np.linalg.norm(w, axis=1, keepdims=True)
    loss = np.einsum("si,ij,sj->s", w, x.T @ x + PENALTY * np.eye(3), w) - 2 * w @ (x.T @ y) + y @ y
    best = y @ y - y @ x @ np.linalg.solve(x.T @ x + PENALTY * np.eye(3), x.T @ y)
    exact = [ridge_rashomon_ratio(x, y, PENALTY, theta, 1.0) for theta in THETAS]
    rival = [ridge_rashomon_ratio(x, y, 0.0, theta, 2.0) * 2.0**3 for theta in THETAS]
    return np.array([[np.mean(loss <= best + theta) for theta in THETAS], rival]) / exact


def measured(_: Lab, labels: str, trees: int, samples: int, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Ratios [seeds, problems], accuracies [seeds, problems, methods], and what `ridge` gives [seeds, 2, 3]."""
    ratio, accuracy, volumes = [], [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        volumes.append(ridge(samples, rng))
        for x, y in problems(seed).values():
            part = rng.permutation(len(y))[:SIZE]
            x_train, x_test, y_train, y_test = train_test_split(x[part], y[part], test_size=1 / 3, stratify=y[part], random_state=seed)
            accuracy.append([one.fit(x_train, y_train).score(x_test, y_test) for one in learners(seed)])
            given = rng.permutation(y_train) if labels == "permuted" else y_train
            best = 1 - DecisionTreeClassifier(max_depth=4, random_state=seed).fit(x_train, given).score(x_train, given)
            ratio.append(tree_rashomon_ratio(x_train, given, rng, depth=4, theta=0.05, trees=trees, best=best).ratio)
    shape = (len(seeds), len(accuracy) // len(seeds))
    return {"ratio": np.reshape(ratio, shape), "accuracy": np.reshape(accuracy, (*shape, -1)), "ridge": np.stack(volumes)}


def evidence(result: dict[str, np.ndarray]) -> dict[str, Agreement | Contrast | Trend]:
    """Over problems: methods differ less, and a small tree loses less, where the ratio is larger; and the ellipsoid is right."""
    ratio, accuracy = result["ratio"].mean(axis=0), result["accuracy"].mean(axis=0)
    five, small = accuracy[:, :-1], accuracy[:, -1]
    spread = np.ptp(five, axis=1)
    upper = np.argsort(-ratio)[: len(ratio) // 3]
    volumes = result["ridge"]
    return {
        "methods differ less": Trend(ratio, spread, minimal=0.3, direction=-1),
        "a small tree loses less": Trend(ratio, five.max(axis=1) - small, minimal=0.3, direction=-1),
        "methods are similar in the upper third": Contrast(np.full(len(upper), 0.05), spread[upper], minimal=0.0, center="median"),
        "ridge": Agreement(volumes[:, 0], np.ones(len(THETAS)), rival=volumes[0, 1], tolerance=0.05),
    }


claim = Claim(
    study=Computation(measured, labels="true", trees=2000, samples=1_000_000, seeds=tuple(range(8))),
    evidence=evidence,
    control={"labels": "permuted"},
    full={"trees": 20_000, "seeds": tuple(range(30))},
)
