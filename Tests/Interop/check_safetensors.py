#!/usr/bin/env python3
"""Checks a model file with the reference implementation of safetensors, and a document's scores with numpy.

Usage: check_safetensors.py MODEL NHAN

Reads MODEL without any code of ours: names, types and shapes of the tensors, the metadata, the ranges of thresholds and
calibration. Then computes the probabilities of a sentence from the tensors alone and compares them with those that the
command NHAN gives. Ends with status 0 and one line if all is well, else with an AssertionError.

Needs: pip install safetensors numpy
"""
import json
import math
import subprocess
import sys

import numpy as np
from safetensors import safe_open

# One line without tone marks on open oa, oe, uy and without document numbers, so that normalizing is lower-casing.
SENTENCE = "Tàu cá của ngư dân và hải quân ở biển Đông hôm nay"

MASK = (1 << 64) - 1
SECRETS = (0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3)


def check(condition, message):
    """Like assert, but also with python -O."""
    if not condition:
        raise AssertionError(message)


def fold(a, b):
    product = a * b
    return (product >> 64) ^ (product & MASK)


def word_hash(word):
    data = word.encode()
    value = len(data) ^ SECRETS[2]
    while len(data) > 8:
        value = fold(int.from_bytes(data[:8], "little") ^ SECRETS[0], value ^ SECRETS[1])
        data = data[8:]
    return fold(int.from_bytes(data, "little") ^ SECRETS[0], value ^ SECRETS[1])


def ngrams(words, sizes):
    """The hashes of all sequences of so many neighbouring words."""
    hashes = [word_hash(word) for word in words]
    for size in sizes:
        for start in range(len(words) - size + 1):
            value = hashes[start]
            for later in hashes[start + 1 : start + size]:
                value = fold(value ^ SECRETS[1], later ^ SECRETS[2])
            yield value


def row(options, terms, idf):
    """The columns and values of the sentence: tf-idf, scaled to length 1."""
    columns = {int(term): column for column, term in enumerate(terms)}
    weight = options["fields"].get("opening", 1)
    counts = {}
    for value in ngrams(SENTENCE.lower().split(), options["sizes"]):
        if value in columns:
            counts[columns[value]] = counts.get(columns[value], 0) + weight
    values = {}
    for column, count in counts.items():
        frequency = 1 + math.log(count) if options["sublinear"] and count > 1 else count
        values[column] = frequency * (float(idf[column]) if options["idf"] else 1)
    length = math.sqrt(sum(value * value for value in values.values())) if options["norm"] == "l2" else 1
    return {column: value / length * options["weight"] for column, value in values.items()}


def read(path):
    with safe_open(path, framework="np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()


def check_structure(tensors, metadata):
    """Names, types, shapes and ranges; gives the configuration."""
    names = {"format", "format-version", "configuration", "training", "plugins", "data-sha256", "content-sha256"}
    check(set(metadata) == names, f"metadata {sorted(metadata)}")
    check(metadata["format"] == "nhan-model", metadata["format"])
    check(metadata["format-version"] == "1", metadata["format-version"])
    for key in ("data-sha256", "content-sha256"):
        check(len(metadata[key]) == 64 and int(metadata[key], 16) >= 0, f"{key} is {metadata[key]}")
    configuration = json.loads(metadata["configuration"])
    training = json.loads(metadata["training"])
    labels = list(configuration["labels"])
    check([entry["label"] for entry in training["labels"]] == labels, "training has other labels")

    expected = {"thresholds", "calibration", "classifier.weights", "classifier.biases"}
    columns = 0
    for index, features in enumerate(configuration["features"]):
        if features["columns"] == "vocabulary":
            name = f"features.{index}.terms"
            check(tensors[name].dtype == np.uint64, f"{name} is {tensors[name].dtype}")
            check(len(set(tensors[name].tolist())) == len(tensors[name]), f"{name} holds a term twice")
            count = len(tensors[name])
            expected.add(name)
            if features["use"] == "word-ngrams":
                markers = tensors[f"features.{index}.markers"]
                check(markers.dtype == np.uint64, f"the markers of {name} are {markers.dtype}")
                check(not set(markers.tolist()) & set(tensors[name].tolist()), f"{name} holds a marker")
                expected.add(f"features.{index}.markers")
        else:
            count = 1 << features["bits"]
        if features["idf"]:
            name = f"features.{index}.idf"
            check(tensors[name].shape == (count,), f"{name} is {tensors[name].shape}")
            # ln((1 + n) / (1 + df)) + 1, and df is at most n.
            check(np.all(tensors[name] >= 1 - 1e-6), f"{name} is below 1")
            expected.add(name)
        columns += count
    knots = {f"calibration.{index}.knots" for index in range(len(labels))} & set(tensors)
    expected |= knots
    check(set(tensors) == expected, f"tensors {sorted(tensors)}, expected {sorted(expected)}")
    shapes = {
        "thresholds": (len(labels),),
        "calibration": (len(labels), 2),
        "classifier.weights": (columns, len(labels)),
        "classifier.biases": (len(labels),),
    }
    for name in knots:
        shapes[name] = (len(tensors[name]), 2)
        check(np.all(np.diff(tensors[name], axis=0) > 0), f"{name} do not rise")
    for name, shape in shapes.items():
        check(tensors[name].shape == shape, f"{name} is {tensors[name].shape}, expected {shape}")
        check(tensors[name].dtype == np.float32, f"{name} is {tensors[name].dtype}")
        check(np.all(np.isfinite(tensors[name])), f"{name} is not finite")
    check(np.all((tensors["thresholds"] >= 0) & (tensors["thresholds"] <= 1)), "a threshold is outside 0...1")
    check(np.all(tensors["calibration"][:, 0] >= 0), "a slope is negative")
    return configuration


def probabilities(tensors, configuration):
    """Those of the sentence by label. It has features of word-ngrams only."""
    scores = tensors["classifier.biases"].astype(float)
    base = 0
    for index, features in enumerate(configuration["features"]):
        check(features["use"] in ("word-ngrams", "document-numbers"), f"cannot compute {features['use']}")
        check(features["columns"] == "vocabulary" and not features["separate"], "cannot compute these columns")
        terms, idf = tensors[f"features.{index}.terms"], tensors.get(f"features.{index}.idf")
        if features["use"] == "word-ngrams":
            values = row(features, terms, idf)
            check(values, "the sentence has no feature")
            for column, value in values.items():
                scores += value * tensors["classifier.weights"][base + column]
        base += len(terms)
    check(configuration["task"] == "multi-label", "cannot compute single-label")
    log_odds = [curve(tensors, label, score) for label, score in enumerate(scores)]
    return 1 / (1 + np.exp(-np.array(log_odds)))


def curve(tensors, label, score):
    """The log-odds of a label at a score."""
    slope, intercept = tensors["calibration"][label].astype(float)
    knots = tensors.get(f"calibration.{label}.knots")
    if knots is None:
        return slope * score + intercept
    at, log_odds = knots.astype(float).T
    outside = min(score - at[0], 0) + max(score - at[-1], 0)
    return np.interp(score, at, log_odds) + slope * outside


def main():
    model, nhan = sys.argv[1:]
    tensors, metadata = read(model)
    configuration = check_structure(tensors, metadata)
    record = json.dumps({"id": "1", "text": SENTENCE}) + "\n"
    output = subprocess.run([nhan, "classify", "--model", model, "-"], input=record, capture_output=True,
                            encoding="utf-8", check=True).stdout
    found = json.loads(output)
    labels = list(configuration["labels"])
    computed = probabilities(tensors, configuration)
    for label, value in zip(labels, computed):
        check(abs(found["scores"][label] - value) < 1e-4, f"{label}: {found['scores'][label]}, computed {value}")
    given = [label for label, value, threshold in zip(labels, computed, tensors["thresholds"]) if value >= threshold]
    check(found["labels"] == given, f"{found['labels']} given, computed {given}")
    print(f"{model}: {len(tensors)} tensors, {len(labels)} labels; scores agree")


main()
