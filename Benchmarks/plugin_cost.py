#!/usr/bin/env python3
"""What the interface of plugins costs: the shipped pipeline with built-in stages, and with the same stages behind the
interface (Sources/BehindTheInterface), one after the other and all at once.

usage: plugin_cost.py [--rounds N] [--copies N]    (after `make install` to any PREFIX, and here
`swift build -c release --product BehindTheInterface`)

Processor time of `nhan classify --threads 1` over the training articles, `copies` times, less that of a run over one
article: so finding plugins and loading the model do not count. Each run with a stage behind the interface follows one
without, and the median of their ratios is given, so that a machine that gets slower, or has other work, slows both.
Output must be the same, byte for byte.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
NHAN = ROOT / ".build/release/nhan"
PLUGIN = HERE / ".build/release/libBehindTheInterface.so"
STAGES = ["boilerplate", "unicode", "word-ngrams", "document-numbers", "logistic"]


def processor_seconds(command, output):
    """Runs a command: its processor time in seconds."""
    before = os.times()
    with open(output, "wb") as file:
        subprocess.run(command, stdout=file, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--copies", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        plugins = folder / "plugins"
        plugins.mkdir()
        (plugins / PLUGIN.name).symlink_to(PLUGIN)
        articles = []
        for path in sorted((ROOT / "training-data/train").rglob("*.txt")):
            text = path.read_text(encoding="utf-8", errors="replace")
            articles.append(json.dumps({"text": re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S)}, ensure_ascii=False))
        data = folder / "articles.jsonl"
        data.write_text("\n".join(articles * options.copies) + "\n", encoding="utf-8")
        one = folder / "one.jsonl"
        one.write_text(articles[0] + "\n", encoding="utf-8")
        size = data.stat().st_size
        configuration = (ROOT / "Models/themes.yaml").read_text(encoding="utf-8")
        models = {}
        for label, moved in [("nothing", [])] + [(s, [s]) for s in STAGES] + [("all of them", STAGES)]:
            text = re.sub(r"use: (%s)\b" % "|".join(moved), r"use: plugin-\1", configuration) if moved else configuration
            text = re.sub(r"validation: .*", "validation: {folds: 0}", text)
            (folder / "config.yaml").write_text(text, encoding="utf-8")
            models[label] = folder / f"{len(models)}.safetensors"
            train = [NHAN, "train", "--config", folder / "config.yaml", "--data", ROOT / "training-data/train"]
            subprocess.run(
                train + ["--output", models[label], "--plugins", plugins], check=True, stderr=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL)
        def measure(label):
            """Processor time of the articles, and what came out."""
            command = [NHAN, "classify", "--threads", "1", "--model", models[label], "--plugins", plugins]
            start = processor_seconds(command + [one], folder / "output")
            whole = processor_seconds(command + [data], folder / "output")
            return whole - start, (folder / "output").read_bytes()

        print(f"{len(articles) * options.copies} articles, {size / 1e6:.0f} MB, {options.rounds} rounds")
        print("| Behind the interface | MB/s | Cost |\n| --- | --- | --- |", flush=True)
        for label in models:
            ratios, least = [], None
            for _ in range(options.rounds):
                before, expected = measure("nothing")
                seconds, found = measure(label)
                assert found == expected, f"{label}: other output"
                ratios.append(seconds / before)
                least = min(least or seconds, seconds)
            print(f"| {label} | {size / least / 1e6:.1f} | {100 * (statistics.median(ratios) - 1):.1f} % |", flush=True)


main()
