"""LIBLINEAR on scikit-learn's tf-idf rows: it reads features, so making them is part of its way from text."""
import pickle

import common
import numpy
import settings
from liblinear import liblinearutil
from sklearn.feature_extraction.text import TfidfVectorizer


def train(task, source, model):
    texts, labels = common.training_set(source)
    vectorizer = TfidfVectorizer(**settings.TFIDF[task])
    rows = vectorizer.fit_transform(texts)
    del texts
    names = sorted({label for document in labels for label in document})
    options = settings.LIBLINEAR[task]
    if task == "single-label":
        targets = [numpy.array([names.index(document[0]) for document in labels], dtype=float)]
    else:
        targets = [numpy.array([float(label in document) for document in labels]) for label in names]
    for index, target in enumerate(targets):
        problem = liblinearutil.problem(target, rows, 1)
        liblinearutil.save_model(f"{model}.{index}", liblinearutil.train(problem, liblinearutil.parameter(options)))
    with open(model, "wb") as file:
        pickle.dump((vectorizer, names), file, protocol=5)


def weights(model):
    """A model's weights as one column a class in the order of the labels, the bias in the last row."""
    labels = [int(label) for label in model.get_labels()]
    width = model.nr_feature + 1
    count = 1 if len(labels) == 2 else len(labels)
    flat = numpy.ctypeslib.as_array(model.w, shape=(width * count,)).reshape(width, count)
    if count == 1:
        return flat if labels[0] == 1 else -flat
    return flat[:, numpy.argsort(labels)]


def classify(task, model, source, target):
    with open(model, "rb") as file:
        vectorizer, names = pickle.load(file)
    count = 1 if task == "single-label" else len(names)
    models = [liblinearutil.load_model(f"{model}.{index}") for index in range(count)]
    matrix = numpy.hstack([weights(model) for model in models])

    def predict(texts):
        scores = vectorizer.transform(texts) @ matrix[:-1] + matrix[-1]
        if task == "single-label":
            return [[names[index]] for index in scores.argmax(axis=1)]
        return [[names[index] for index in numpy.flatnonzero(row > 0)] for row in scores]

    common.classify_in_batches(predict, source, target)


common.run(train, classify)
