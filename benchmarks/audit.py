"""What an audit takes: pipelines of scikit-learn on 10,000 rows, half of them unseen (the aim is 10 s), beside what training them took.

python benchmarks/audit.py
"""

import time

from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import unseen


def main() -> None:
    """Prints a line for each pipeline: seconds of the audit and of training, and the dearest checks."""
    x, y = make_classification(10_000, 40, n_informative=10, n_classes=4, random_state=0)
    for model in (LogisticRegression(max_iter=1000), RandomForestClassifier(), HistGradientBoostingClassifier()):
        began = time.perf_counter()
        pipeline = make_pipeline(StandardScaler(), model).fit(x[:5000], y[:5000])
        trained = time.perf_counter() - began
        found = unseen.audit(pipeline, train=(x[:5000], y[:5000]), test=(x[5000:], y[5000:]))
        spent = time.perf_counter() - began - trained
        dearest = sorted(found.seconds.items(), key=lambda item: -item[1])[:3]
        told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in dearest)
        print(f"{type(model).__name__:32} audit {spent:5.1f} s, training {trained:4.1f} s; {told}", flush=True)


if __name__ == "__main__":
    main()
