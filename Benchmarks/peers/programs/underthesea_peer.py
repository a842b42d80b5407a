"""underthesea_core's text classifier: tf-idf and a linear support vector machine, in Rust from text to label."""
import common
import settings
from underthesea_core import TextClassifier


def train(task, source, model):
    if task != "single-label":
        raise SystemExit("underthesea_core's TextClassifier gives one label a document")
    texts, labels = common.training_set(source)
    classifier = TextClassifier(**settings.UNDERTHESEA)
    classifier.fit(texts, [names[0] for names in labels])
    classifier.save(model)


def classify(task, model, source, target):
    classifier = TextClassifier.load(model)
    common.classify_in_batches(
        lambda texts: [[label] for label in classifier.predict_batch(texts)], source, target)


common.run(train, classify)
