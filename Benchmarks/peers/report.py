"""The report: Markdown whose tables are aligned, so that they read as well on a terminal."""
import os

from targets import targets


def table(header, rows):
    """A Markdown table with columns padded to one width; all but the first are right-aligned."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]

    def line(cells):
        padded = [cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(cells, widths))]
        return "| " + " | ".join(padded) + " |"

    rule = "|" + "|".join("-" * (w + 2) if i == 0 else "-" * (w + 1) + ":" for i, w in enumerate(widths)) + "|"
    return "\n".join([line(header), rule, *map(line, rows)])


def number(value):
    """Three significant digits, no exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def ratio(value):
    return number(value) + "×"


def ratios(result, step, own):
    """Ratios to nhan by the clock and by the processor."""
    return ["1×", "1×"] if own else [ratio(result.ratio(step)), ratio(result.ratio(step + " processor"))]


def contest_table(task_set, results):
    """One row a contestant; ratios are medians over the rounds of its cost by nhan's in the run just before."""
    names = list(results[0].quality)
    header = ["", *names, "train s", "× nhan", "CPU", "classify MB/s", "documents/s", "× nhan", "CPU", "start ms",
              "peak MB train", "peak MB classify"]
    size = os.path.getsize(task_set.everything)
    rows = []
    for result in results:
        if result.failure or not result.classify:
            rows.append([result.name, *["–"] * (len(header) - 1)])
            continue
        train, classify = result.seconds("train"), result.seconds("classify")
        own = result is results[0]
        rows.append([
            result.name, *(f"{result.quality[name]:.4f}" for name in names),
            number(train), *ratios(result, "train", own),
            number(size / 1e6 / classify), number(task_set.documents / classify),
            *ratios(result, "classify", own), number(result.seconds("start") * 1e3),
            number(result.peak("train") / 1e6), number(result.peak("classify") / 1e6)])
    notes = [f"- For comparison with the row of two threads: two processes of {results[0].name} side by side, each with one "
             f"thread and a processor of its own, do {ratio(result.limit('train'))} the training and "
             f"{ratio(result.limit('classify'))} the classifying that one does alone. What is missing to 2× is what the "
             "processors share." for result in results if result.limits and not result.failure]
    notes += [f"- {result.name} did not take part: {result.failure}." for result in results if result.failure]
    return table(header, rows) + ("\n\n" + "\n".join(notes) if notes else "")


def growth_section(growth):
    """Seconds and memory by size, and one long document beside many short ones."""
    rows = [[f"{row.megabytes:.0f} MB", str(row.documents), number(row.classify.seconds),
             number(row.megabytes / row.classify.seconds), number(row.classify.peak / 1e6),
             number(row.train.seconds), number(row.megabytes / row.train.seconds), number(row.train.peak / 1e6)]
            for row in growth.rows]
    header = ["", "documents", "classify s", "MB/s", "peak MB", "train s", "MB/s", "peak MB"]
    return "\n\n".join([
        "## Growth",
        "One thread, two runs at least, of two the faster. The text is recombined from the news set's training part "
        "(`growth.py` says how); it is classified with the model of that part.",
        table(header, rows),
        "![Seconds by size](growth.svg)",
        f"One document of 50 MB takes {number(growth.long.seconds)} s, a thousand of 50 KB with the same bytes "
        f"{number(growth.short.seconds)} s (medians)."])


def settings_section(peers):
    rows = [f"- **{peer.name}** (`{peer.package}` {peer.version() or 'not installed'}): `{peer.settings}`"
            for peer in peers]
    return "\n".join([
        "## Settings", "", "`Benchmarks/peers/settings.py` gives the reason for each.", "", *rows])


def markdown(machine, contests, growth, peers, rounds):
    """The whole report."""
    parts = ["# nhan and its peers", "\n".join("- " + line for line in machine),
             f"One thread and one processor each (but the row that says two); {rounds} round{'s' * (rounds > 1)}; whole processes from "
             "JSONL on disk to JSONL on disk. Seconds and rates are medians over the rounds, peaks the highest; "
             "`× nhan` is the median of the rounds' ratios of seconds, each to a run of `nhan` just before, and `CPU` the "
             "same of processor seconds: the two agree on a machine that does nothing else. What takes less than ten "
             "seconds is run several times in a row, and the median counts, of two the lower; one thread, two threads and two "
             "processes take turns. "
             "*classify* reads the whole set, scored on its test part; *start* is one document, process start to exit."]
    for task_set, results in contests:
        size = os.path.getsize(task_set.train) / 1e6
        parts += [f"## {task_set.name}: {task_set.task}, {size:.1f} MB to train on, "
                  f"{os.path.getsize(task_set.everything) / 1e6:.1f} MB in {task_set.documents} documents to classify",
                  contest_table(task_set, results)]
    if growth:
        parts.append(growth_section(growth))
    header = ["target", "wanted", "found", "holds"]
    rows = [[target.name, target.wanted, target.found, {True: "yes", False: "NO", None: "not measured"}[target.holds]]
            for target in targets(contests, growth)]
    parts += ["## Targets", table(header, rows), settings_section(peers)]
    return "\n\n".join(parts) + "\n"
