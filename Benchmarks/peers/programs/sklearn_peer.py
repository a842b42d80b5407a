"""scikit-learn: a tf-idf of words and pairs, then LinearSVC or LogisticRegression. The first argument names which."""
import pickle
import sys

import common
import settings
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer
from sklearn.svm import LinearSVC

CLASSIFIERS = {
    "LinearSVC": (LinearSVC, settings.LINEAR_SVC),
    "LogisticRegression": (LogisticRegression, settings.LOGISTIC_REGRESSION),
}


def train(task, source, model):
    texts, labels = common.training_set(source)
    vectorizer = TfidfVectorizer(**settings.TFIDF[task])
    rows = vectorizer.fit_transform(texts)
    del texts
    kind, options = CLASSIFIERS[name]
    classifier, binarizer = kind(**options[task]), None
    if task == "single-label":
        classifier.fit(rows, [names[0] for names in labels])
    else:
        binarizer = MultiLabelBinarizer()
        classifier = OneVsRestClassifier(classifier).fit(rows, binarizer.fit_transform(labels))
    with open(model, "wb") as file:
        pickle.dump((vectorizer, classifier, binarizer), file, protocol=5)


def classify(task, model, source, target):
    with open(model, "rb") as file:
        vectorizer, classifier, binarizer = pickle.load(file)

    def predict(texts):
        predicted = classifier.predict(vectorizer.transform(texts))
        return binarizer.inverse_transform(predicted) if binarizer else [[str(label)] for label in predicted]

    common.classify_in_batches(predict, source, target)


name = sys.argv.pop(1)
common.run(train, classify)
