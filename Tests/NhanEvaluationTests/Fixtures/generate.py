"""Writes scikit-learn.json: decisions and the figures scikit-learn and SciPy give for them.

Run by hand, when a case is added:  pip install scikit-learn && python3 generate.py > scikit-learn.json
A ratio that divides by zero is null. Probabilities have two decimals, so that many are tied.
"""
import json
import numpy as np
import scipy, sklearn
from scipy.stats import binomtest
from sklearn import metrics as m


def plain(value):
    return [plain(v) for v in value] if np.ndim(value) else (None if np.isnan(value) else float(value))


def measured_mean(values):
    values = [v for v in values if v is not None]
    return float(np.mean(values)) if values else None


def calibration_error(actual, probability):
    bins = np.minimum((probability * 100).round().astype(int) // 10, 9)
    gaps = [abs(probability[bins == b].sum() - actual[bins == b].sum()) for b in range(10)]
    return float(sum(gaps) / len(actual))


def case(name, actual, predicted, probability):
    precision, recall, f1, support = m.precision_recall_fscore_support(
        actual, predicted, average=None, zero_division=np.nan)
    columns = range(actual.shape[1])
    ap = [float(m.average_precision_score(actual[:, c], probability[:, c])) if actual[:, c].any() else None
          for c in columns]
    brier = [float(m.brier_score_loss(actual[:, c], probability[:, c], labels=[0, 1])) for c in columns]
    ece = [calibration_error(actual[:, c], probability[:, c]) for c in columns]
    mean = lambda average: [plain(v) for v in m.precision_recall_fscore_support(
        actual, predicted, average=average, zero_division=np.nan)[:3]]
    micro, macro, weighted = mean("micro"), mean("macro"), mean("weighted")
    single = (actual.sum(1) == 1).all() and (predicted.sum(1) == 1).all()
    return {
        "name": name,
        "actual": actual.tolist(), "predicted": predicted.tolist(), "probability": probability.tolist(),
        "labels": {
            "support": support.tolist(), "predicted": predicted.sum(0).tolist(),
            "precision": plain(precision), "recall": plain(recall), "f1": plain(f1),
            "average-precision": ap, "brier": brier, "calibration-error": ece},
        "overall": {
            "micro-precision": micro[0], "micro-recall": micro[1], "micro-f1": micro[2],
            "macro-precision": macro[0], "macro-recall": macro[1], "macro-f1": macro[2],
            "weighted-f1": weighted[2], "mean-average-precision": measured_mean(ap),
            "brier": measured_mean(brier), "calibration-error": measured_mean(ece),
            "subset-accuracy": float(m.accuracy_score(actual, predicted)),
            "hamming-loss": float(m.hamming_loss(actual, predicted)),
            "accuracy": float(m.accuracy_score(actual.argmax(1), predicted.argmax(1))) if single else None},
    }


def multi_label(seed, documents, rates, thresholds):
    rng = np.random.default_rng(seed)
    actual = (rng.random((documents, len(rates))) < rates).astype(int)
    logits = 2.5 * (actual - 0.5) + rng.normal(0, 1.2, actual.shape)
    probability = np.round(1 / (1 + np.exp(-logits)), 2)
    return actual, (probability >= thresholds).astype(int), probability


def single_label(seed, documents, classes):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, documents)
    actual = np.eye(classes, dtype=int)[truth]
    logits = 1.5 * actual + rng.normal(0, 1, actual.shape)
    probability = np.round(np.exp(logits) / np.exp(logits).sum(1, keepdims=True), 2)
    return actual, np.eye(classes, dtype=int)[logits.argmax(1)], probability


cases = [
    case("multi-label", *multi_label(1, 150, [0.5, 0.2, 0.05], [0.5, 0.4, 0.6])),
    # Its labels: usual; carried and never given; given and never carried; neither.
    case("not measured", *multi_label(2, 60, [0.4, 0.3, 0.0, 0.0], [0.5, 1.1, 0.3, 1.1])),
    case("single-label", *single_label(3, 80, 4)),
]
pairs = [(0, 0), (1, 0), (3, 3), (2, 3), (5, 0), (8, 2), (0, 20), (37, 61), (400, 500), (900, 1200), (0, 1000)]
binomial = [[a, b, float(binomtest(a, a + b).pvalue) if a + b else 1.0] for a, b in pairs]
print(json.dumps({
    "versions": {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__, "numpy": np.__version__},
    "cases": cases, "binomial": binomial}, separators=(",", ":"), allow_nan=False))
