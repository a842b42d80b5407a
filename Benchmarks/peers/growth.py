"""How time and memory grow with the text: `nhan` on 1 to 500 MB, and on one long document.

The text is recombined from the paragraphs of a training set, so that its sentences stay real. Real text also brings new
words and pairs as it grows; recombined text would not. Therefore one word in twenty gives way to another of the set,
drawn evenly from its words, which adds new pairs about as fast as the set itself does.
"""
import dataclasses
import json
import math
import os
import random
import statistics

from measure import Cost, measure_repeatedly

SIZES = (1, 5, 20, 100, 500)
CHANGED = 20
LONG = 50_000_000


@dataclasses.dataclass
class Row:
    """One size: megabytes of JSONL, documents, costs."""
    megabytes: float
    documents: int
    classify: Cost
    train: Cost


@dataclasses.dataclass
class Growth:
    """Costs by size, and of one long document and a thousand short ones with the same text."""
    rows: list
    long: Cost
    short: Cost
    ratio: float


class Source:
    """Endless articles after the pattern of a set's. The same seed gives the same articles."""

    def __init__(self, path, seed=7):
        with open(path, encoding="utf-8") as file:
            self.records = [json.loads(line) for line in file]
        self.paragraphs = [line.split() for record in self.records for line in record["text"].splitlines() if line]
        self.words = sorted({word for paragraph in self.paragraphs for word in paragraph})
        self.random = random.Random(seed)

    def paragraph(self):
        words = list(self.random.choice(self.paragraphs))
        for _ in range(len(words) // CHANGED):
            words[self.random.randrange(len(words))] = self.random.choice(self.words)
        return " ".join(words)

    def article(self, number):
        """An article with a real one's title, label and number of paragraphs; half of its paragraphs are its own."""
        record = self.random.choice(self.records)
        own = [line for line in record["text"].splitlines() if line]
        lines = [line if self.random.random() < 0.5 else self.paragraph() for line in own]
        return {"id": str(number), "title": record["title"], "text": "\n".join(lines), "labels": record["labels"]}


def write(source, path, size):
    """Writes articles until the file has the size in bytes; returns their number."""
    written = count = 0
    with open(path, "wb") as file:
        while written < size:
            line = json.dumps(source.article(count), ensure_ascii=False).encode() + b"\n"
            file.write(line)
            written, count = written + len(line), count + 1
    return count


def write_long(source, long, short):
    """One document of `LONG` bytes, and a thousand with a thousandth of its text each."""
    lines, size = [], 0
    while size < LONG:
        lines.append(source.paragraph())
        size += len(lines[-1].encode()) + 1
    share = -(-len(lines) // 1_000)
    parts = [lines[start:start + share] for start in range(0, len(lines), share)]
    for path, documents in ((long, [lines]), (short, parts)):
        with open(path, "w", encoding="utf-8") as file:
            for number, part in enumerate(documents):
                file.write(json.dumps({"id": str(number), "text": "\n".join(part)}, ensure_ascii=False) + "\n")


def grow(nhan, source_path, scratch, rounds=3, sizes=SIZES):
    """Measures every size, and the long document in rounds; all is classified with the model of the set itself."""
    source, rows = Source(source_path), []
    data, model, output = (os.path.join(scratch, "growth" + suffix) for suffix in (".jsonl", ".model", ".out"))
    measure_repeatedly(nhan.train(source_path, model), scratch)
    for size in sizes:
        count = write(source, data, size * 1_000_000)
        train = measure_repeatedly(nhan.train(data, output), scratch, least=2)
        classify = measure_repeatedly(nhan.classify(model, data, output), scratch, least=2)
        rows.append(Row(os.path.getsize(data) / 1e6, count, classify, train))
    long, short = os.path.join(scratch, "long.jsonl"), os.path.join(scratch, "short.jsonl")
    write_long(source, long, short)
    pairs = [[measure_repeatedly(nhan.classify(model, path, output), scratch) for path in (long, short)]
             for _ in range(rounds)]
    for path in (data, long, short, output):
        os.remove(path)
    middle = [sorted(costs, key=lambda cost: cost.seconds)[rounds // 2] for costs in zip(*pairs)]
    return Growth(rows, *middle, statistics.median(a.seconds / b.seconds for a, b in pairs))


def plot(rows):
    """The rows as an SVG drawing: megabytes against seconds, both axes logarithmic; straight at 45° is linear."""
    width, height, margin = 640, 420, 60
    curves = {"train": "#c0392b", "classify": "#2471a3"}
    seconds = [getattr(row, name).seconds for row in rows for name in curves]
    low, high = math.floor(math.log10(min(seconds))), math.ceil(math.log10(max(seconds)))
    right = math.ceil(math.log10(rows[-1].megabytes))

    def x(megabytes):
        return margin + max(0, math.log10(megabytes)) / right * (width - 2 * margin)

    def y(value):
        return height - margin - (math.log10(value) - low) / (high - low) * (height - 2 * margin)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
             f'font-size="12"><rect width="100%" height="100%" fill="white"/>']
    for power in range(right + 1):
        parts.append(f'<path d="M{x(10**power):.1f} {margin}V{height - margin}" stroke="#ddd"/>'
                     f'<text x="{x(10**power):.1f}" y="{height - margin + 18}" text-anchor="middle">{10**power} MB</text>')
    for power in range(low, high + 1):
        parts.append(f'<path d="M{margin} {y(10**power):.1f}H{width - margin}" stroke="#ddd"/>'
                     f'<text x="{margin - 8}" y="{y(10**power) + 4:.1f}" text-anchor="end">{10**power:g} s</text>')
    for name, colour in curves.items():
        points = [(x(row.megabytes), y(getattr(row, name).seconds)) for row in rows]
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="'
                     + " ".join(f"{a:.1f},{b:.1f}" for a, b in points) + '"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in points]
        parts.append(f'<text x="{points[-1][0] + 6:.1f}" y="{points[-1][1] + 4:.1f}" fill="{colour}">{name}</text>')
    return "".join(parts) + "</svg>\n"
