#!/usr/bin/env python3
"""What each part of the shipped configuration gains: trains variants of it and prints a Markdown table.

usage: ablation.py NHAN TRAIN DATA...     for example: ablation.py .build/release/nhan training-data/train training-data/test

The cross-validated column keeps a desk's articles together; each DATA column is micro-F1 with its 95 % interval.
"""
import os
import re
import subprocess
import sys
import tempfile

HEAD = "word-ngrams, sizes: [1, 2], minimum-documents: 3, maximum-share: 0.3, separate: [title], fields: {title: 2, opening: 1, body: 0}, opening: 500"
WHOLE = "word-ngrams, sizes: [1, 2, 3], minimum-documents: 4"
NUMBERS = "document-numbers, weight: 0.3"
ALL = "word-ngrams, sizes: [1, 2], minimum-documents: 3"

RESAMPLED = "{resamples: 50}"

# name, normalizers, extractors, l2, and thresholds where they are chosen otherwise
VARIANTS = [
    ("shipped", ["boilerplate", "unicode"], [HEAD, WHOLE, NUMBERS], 0.003),
    ("without the head", ["boilerplate", "unicode"], [WHOLE, NUMBERS], 0.003),
    ("without the whole text", ["boilerplate", "unicode"], [HEAD, NUMBERS], 0.003),
    ("without document numbers", ["boilerplate", "unicode"], [HEAD, WHOLE], 0.003),
    ("without boilerplate stripping", ["unicode"], [HEAD, WHOLE, NUMBERS], 0.003),
    ("one block: words and pairs of the whole text", ["boilerplate", "unicode"], [ALL, NUMBERS], 0.003),
    ("one block, title × 3, opening × 2", ["boilerplate", "unicode"],
     [ALL + ", fields: {title: 3, opening: 2}", NUMBERS], 0.003),
    ("no single words in the whole text", ["boilerplate", "unicode"],
     [HEAD, WHOLE.replace("1, 2, 3", "2, 3"), NUMBERS], 0.003),
    ("words of the title not apart", ["boilerplate", "unicode"],
     [HEAD.replace("separate: [title], ", ""), WHOLE, NUMBERS], 0.003),
    ("and characters of the head", ["boilerplate", "unicode"],
     [HEAD, WHOLE, NUMBERS, "char-ngrams, sizes: [4, 5], minimum-documents: 4, "
      "fields: {title: 2, opening: 1, body: 0}, opening: 500, weight: 0.5"], 0.003),
    ("without idf", ["boilerplate", "unicode"], [HEAD + ", idf: false", WHOLE + ", idf: false", NUMBERS], 0.003),
    ("plain counts in the whole text", ["boilerplate", "unicode"], [HEAD, WHOLE + ", sublinear: false", NUMBERS], 0.003),
    ("the best thresholds for the articles as they are", ["boilerplate", "unicode"], [HEAD, WHOLE, NUMBERS], 0.003, "{}"),
    ("common words left out of the whole text", ["boilerplate", "unicode"],
     [HEAD, WHOLE + ", maximum-share: 0.1", NUMBERS], 0.003),
    ("terms in more articles only", ["boilerplate", "unicode"],
     [HEAD.replace("documents: 3", "documents: 4"), WHOLE.replace("documents: 4", "documents: 8"), NUMBERS], 0.003),
    ("marks as words", ["boilerplate", "unicode"],
     [HEAD + ", marks: true", WHOLE + ", marks: true", NUMBERS], 0.003),
    ("l2 0.03", ["boilerplate", "unicode"], [HEAD, WHOLE, NUMBERS], 0.03),
    ("l2 0.01", ["boilerplate", "unicode"], [HEAD, WHOLE, NUMBERS], 0.01),
    ("l2 0.001", ["boilerplate", "unicode"], [HEAD, WHOLE, NUMBERS], 0.001),
]


def configuration(normalizers, extractors, l2, thresholds=RESAMPLED):
    lines = ["task: multi-label", "labels: [seas-islands, borders, awards, directives]"]
    lines += ["normalizers:"] + [f"  - {{use: {name}}}" for name in normalizers]
    lines += ["features:"] + [f"  - {{use: {extractor}}}" for extractor in extractors]
    lines += [f"classifier: {{use: logistic, l2: {l2}}}", f"thresholds: {thresholds}"]
    lines += ["validation: {folds: 5, repeats: 5, group: desk}"]
    return "\n".join(lines) + "\n"


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    nhan, train, data = sys.argv[1], sys.argv[2], sys.argv[3:]
    print("| variant | cross-validated | " + " | ".join(os.path.basename(path.rstrip("/")) for path in data) + " |")
    print("|---|---|" + "---|" * len(data))
    with tempfile.TemporaryDirectory() as folder:
        config, model = os.path.join(folder, "c.yaml"), os.path.join(folder, "m.safetensors")
        for name, *variant in VARIANTS:
            with open(config, "w", encoding="utf-8") as file:
                file.write(configuration(*variant))
            run = subprocess.run(
                [nhan, "train", "--config", config, "--data", train, "--output", model],
                stderr=subprocess.PIPE, text=True, check=True)
            cells = [re.search(r"cross-validated micro-F1 ([\d.]+)", run.stderr).group(1)]
            for path in data:
                report = subprocess.run(
                    [nhan, "evaluate", "--model", model, "--data", path], stdout=subprocess.PIPE, text=True, check=True)
                cells.append(re.search(r"micro-f1 ([\d.]+ \([^)]*\))", report.stdout).group(1))
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


main()
