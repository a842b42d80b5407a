"""What the peers' programs share: arguments, records in, records out. Each is a whole process from file to file.

usage: PROGRAM train TASK TRAIN.jsonl MODEL
       PROGRAM classify TASK MODEL INPUT.jsonl OUTPUT.jsonl
"""
import itertools
import os
import sys

import orjson

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import settings  # noqa: E402  (the settings stand one folder up)


def records(path):
    """The records of a JSONL file, one at a time."""
    with open(path, "rb") as file:
        for line in file:
            yield orjson.loads(line)


def text(record):
    """What every peer reads of a record: its title, a line break, its body."""
    return record["title"] + "\n" + record["text"]


def batches(path):
    """The records of a file in lists of `settings.BATCH`."""
    source = records(path)
    while batch := list(itertools.islice(source, settings.BATCH)):
        yield batch


def training_set(path):
    """Every text and every list of labels."""
    texts, labels = [], []
    for record in records(path):
        texts.append(text(record))
        labels.append(record["labels"])
    return texts, labels


def classify_in_batches(predict, source, target):
    """Writes a record for each record of a file; `predict` gives a list of labels for each of a list of texts."""
    with open(target, "wb") as file:
        for batch in batches(source):
            for record, labels in zip(batch, predict([text(record) for record in batch])):
                file.write(orjson.dumps({"id": record["id"], "labels": labels}) + b"\n")


def run(train, classify):
    """Calls one of the two functions with the arguments of the command line."""
    functions = {"train": train, "classify": classify}
    functions[sys.argv[1]](*sys.argv[2:])
