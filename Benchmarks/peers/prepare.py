#!/usr/bin/env python3
"""Makes train.jsonl and test.jsonl of two public sets from clones of their repositories. The texts stay outside this repository.

usage: prepare.py news CLONE FOLDER      CLONE of diata0210/ML-VietNews-Classifier (work tree or bare git directory)
       prepare.py reuters CLONE FOLDER   CLONE of learp/crime_classification, for its copy of Reuters-21578

news     12,488 articles in nine sections, one section each; test where the MD5 of the path below data/raw, as a number,
         is divisible by five.
reuters  the ModApte split; the 90 topics that occur in both parts; documents without any of them are left out.
"""
import collections
import hashlib
import html
import json
import os
import re
import subprocess
import sys

NEWS_COMMIT = "cfea5f30"


def git(clone, *arguments):
    return subprocess.run(["git", "-C", clone, *arguments], stdout=subprocess.PIPE, check=True).stdout


def files(clone, commit, folder):
    """Every file below a folder at a commit: path and bytes."""
    listing = git(clone, "ls-tree", "-r", "-z", commit, folder).decode().split("\0")[:-1]
    entries = [(line.split("\t", 1)[1], line.split()[2]) for line in listing]
    process = subprocess.Popen(
        ["git", "-C", clone, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for path, blob in entries:
        process.stdin.write(blob.encode() + b"\n")
        process.stdin.flush()
        size = int(process.stdout.readline().split()[2])
        yield path, process.stdout.read(size)
        process.stdout.read(1)
    process.stdin.close()
    process.wait()


def news(clone):
    parts = {"train": [], "test": []}
    for path, data in files(clone, NEWS_COMMIT, "data/raw"):
        key = path[len("data/raw/"):]
        test = int(hashlib.md5(key.encode()).hexdigest(), 16) % 5 == 0
        title, _, text = data.decode("utf-8", "replace").strip().partition("\n")
        record = {"id": key, "title": title.strip(), "text": text.strip(), "labels": [key.split("/")[0]]}
        parts["test" if test else "train"].append(record)
    return parts


def tag(name, text):
    found = re.search(rf"<{name}[^>]*>(.*?)</{name}>", text, re.S)
    return html.unescape(found.group(1)).strip() if found else ""


def reuters(clone):
    parts = {"train": [], "test": []}
    for path, data in files(clone, "HEAD", "reuters21578"):
        if not path.endswith(".sgm"):
            continue
        for head, body in re.findall(r"<REUTERS ([^>]*)>(.*?)</REUTERS>", data.decode("latin-1"), re.S):
            split = re.search(r'LEWISSPLIT="([\w-]+)"', head).group(1)
            if 'TOPICS="YES"' not in head or split not in ("TRAIN", "TEST"):
                continue
            topics = re.findall(r"<D>(.*?)</D>", re.search(r"<TOPICS>(.*?)</TOPICS>", body).group(1))
            text = tag("BODY", body) or re.sub(r"<[^>]+>", " ", tag("TEXT", body))
            identifier = re.search(r'NEWID="(\d+)"', head).group(1)
            parts[split.lower()].append(
                {"id": identifier, "title": tag("TITLE", body), "text": text, "labels": topics})
    counts = {name: collections.Counter(t for r in records for t in r["labels"]) for name, records in parts.items()}
    topics = set(counts["train"]) & set(counts["test"])
    for name, records in parts.items():
        for record in records:
            record["labels"] = [t for t in record["labels"] if t in topics]
        parts[name] = [r for r in records if r["labels"]]
    return parts


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("news", "reuters"):
        sys.exit(__doc__)
    parts = {"news": news, "reuters": reuters}[sys.argv[1]](sys.argv[2])
    os.makedirs(sys.argv[3], exist_ok=True)
    for name, records in parts.items():
        with open(os.path.join(sys.argv[3], name + ".jsonl"), "w", encoding="utf-8") as file:
            for record in records:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        labels = {label for record in records for label in record["labels"]}
        print(f"{name}: {len(records)} documents, {len(labels)} labels")


main()
