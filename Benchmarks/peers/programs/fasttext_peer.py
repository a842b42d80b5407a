"""fastText from Python, whose binding trains from a file of labelled lines and predicts many lines at once."""
import os
import re

import common
import fasttext
import settings

PUNCTUATION = re.compile(r"([^\w\s])")
SPACE = re.compile(r"\s+")


def line(text):
    """The tutorial's preparation: lower case, punctuation set apart, one line."""
    return SPACE.sub(" ", PUNCTUATION.sub(r" \1 ", text.lower())).strip()


def train(task, source, model):
    lines = model + ".txt"
    with open(lines, "w", encoding="utf-8") as file:
        for record in common.records(source):
            labels = " ".join("__label__" + label for label in record["labels"])
            file.write(labels + " " + line(common.text(record)) + "\n")
    fasttext.train_supervised(lines, **settings.FASTTEXT[task]).save_model(model)
    os.remove(lines)


def classify(task, model, source, target):
    fasttext.FastText.eprint = lambda *arguments: None  # it warns of its own `load_model`
    classifier = fasttext.load_model(model)
    count, threshold = (1, 0.0) if task == "single-label" else (-1, settings.PROBABILITY)

    def predict(texts):
        # The binding's own `predict` fails on NumPy 2 after this same call.
        labels, _ = classifier.f.multilinePredict([line(text) + "\n" for text in texts], count, threshold, "strict")
        return [[label.removeprefix("__label__") for label in document] for document in labels]

    common.classify_in_batches(predict, source, target)


common.run(train, classify)
