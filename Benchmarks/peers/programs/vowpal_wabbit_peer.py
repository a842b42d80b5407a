"""Vowpal Wabbit: text becomes its own format in a file, and its own reader, learner and writer do the rest."""
import collections
import json
import os
import re

import common
import settings
import vowpalwabbit

WORD = re.compile(r"\w+")


def example(text, target=""):
    """One line: the labels, and the words, scaled so that the row has length one."""
    words = WORD.findall(text.lower())
    scale = (sum(count * count for count in collections.Counter(words).values()) or 1) ** -0.5
    return f"{target} |t:{scale:.5f} {' '.join(words)}\n"


def run(arguments):
    vowpalwabbit.Workspace(arg_list=arguments.split() + ["--quiet"]).finish()


def train(task, source, model):
    names = sorted({label for record in common.records(source) for label in record["labels"]})
    first = 1 if task == "single-label" else 0
    number = {name: str(index + first) for index, name in enumerate(names)}
    lines = model + ".txt"
    with open(lines, "w", encoding="utf-8") as file:
        for record in common.records(source):
            file.write(example(common.text(record), ",".join(number[label] for label in record["labels"])))
    options = settings.VOWPAL_WABBIT[task].format(labels=len(names))
    run(f"-d {lines} -f {model} --cache_file {lines}.cache -k {options}")
    os.remove(lines)
    os.remove(lines + ".cache")
    with open(model + ".labels", "w", encoding="utf-8") as file:
        json.dump(names, file)


def classify(task, model, source, target):
    with open(model + ".labels", encoding="utf-8") as file:
        names = json.load(file)
    first = 1 if task == "single-label" else 0
    lines, predictions = target + ".txt", target + ".predictions"
    with open(lines, "w", encoding="utf-8") as file:
        for record in common.records(source):
            file.write(example(common.text(record)))
    run(f"-t -i {model} -d {lines} -p {predictions}")
    with open(predictions, encoding="utf-8") as results, open(target, "wb") as file:
        for record, result in zip(common.records(source), results):
            numbers = [int(number) for number in result.strip().split(",") if number]
            labels = [names[number - first] for number in numbers]
            file.write(common.orjson.dumps({"id": record["id"], "labels": labels}) + b"\n")
    os.remove(lines)
    os.remove(predictions)


common.run(train, classify)
