"""Simple models that are trained on the answers of another, to see how much of what it does is as simple as that."""

from typing import Any, Literal

MOST = 3000
WIDEST = 20
"""Principal components of which squares and products are formed."""


def imitators(answers: Literal["classes", "numbers"], shape: tuple[int, int]) -> dict[str, Any]:
    """Untrained scikit-learn estimators for inputs of that shape [n, columns], by what they are called."""
    from sklearn.decomposition import PCA
    from sklearn.linear_model import Ridge, RidgeClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    linear, tree = (RidgeClassifier, DecisionTreeClassifier) if answers == "classes" else (Ridge, DecisionTreeRegressor)
    products = (StandardScaler(), PCA(min(WIDEST, *shape), svd_solver="full"), PolynomialFeatures(2), StandardScaler())
    return {
        "a linear model": make_pipeline(StandardScaler(), linear()),
        "a model of degree two": make_pipeline(*products, linear()),
        "a tree of three questions": tree(max_depth=3, random_state=0),
    }
