"""Accuracy and F1 of predicted against true labels."""
import collections


def score(task, gold, predicted):
    """The figures that a set is judged by: accuracy, or micro-F1 and macro-F1 over the labels that occur in `gold`."""
    if len(gold) != len(predicted):
        raise ValueError(f"{len(predicted)} records came out for {len(gold)} that went in")
    if task == "single-label":
        return {"accuracy": sum(a == b for a, b in zip(gold, predicted)) / len(gold)}
    both, of_gold, of_predicted = collections.Counter(), collections.Counter(), collections.Counter()
    for a, b in zip(gold, predicted):
        both.update(a & b)
        of_gold.update(a)
        of_predicted.update(b)
    f1 = [2 * both[label] / (of_gold[label] + of_predicted[label]) for label in of_gold]
    micro = 2 * both.total() / (of_gold.total() + of_predicted.total())
    return {"micro-F1": micro, "macro-F1": sum(f1) / len(f1)}
