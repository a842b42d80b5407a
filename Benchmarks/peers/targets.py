"""What the project wants to show, each as a figure that the contest found beside the figure that was wanted."""
import dataclasses

UNDERTHESEA, FASTTEXT, TWO_THREADS = "underthesea_core", "fastText", "nhan, 2 threads"
SCIKIT = ("scikit-learn LinearSVC", "scikit-learn LogisticRegression")


@dataclasses.dataclass
class Target:
    """One target. `holds` is None where nothing was measured."""
    name: str
    wanted: str
    found: str = "–"
    holds: bool = None


def at_least(name, wanted, value, form="{:.2f}×"):
    return Target(name, "≥ " + form.format(wanted), form.format(value), value >= wanted)


def at_most(name, wanted, value, form="{:.2f}×"):
    return Target(name, "≤ " + form.format(wanted), form.format(value), value <= wanted)


def of_contest(task_set, results):
    """The targets of the news set: speed against peers, quality, memory, start, two threads."""
    found = {result.name: result for result in results if result.classify and not result.failure}
    own = found["nhan"]

    def against(name, title, wanted, value, make=at_least):
        return make(title, wanted, value(found[name])) if name in found else Target(title, f"{wanted}×")

    def times(step):
        return lambda result: result.ratio(step)

    def share(step):
        return lambda result: 1 / result.ratio(step)

    yield against(UNDERTHESEA, "classify, times underthesea_core's MB/s", 6, times("classify"))
    yield against(FASTTEXT, "classify, times fastText's MB/s", 15, times("classify"))
    yield against(UNDERTHESEA, "train, times faster than underthesea_core", 6, times("train"))
    for name in SCIKIT:
        yield against(name, f"train, times faster than {name}", 30, times("train"))
    for step, wanted in (("classify", 1.8), ("train", 1.6)):
        target = against(TWO_THREADS, f"{step}, two threads to one", wanted, share(step))
        if target.holds is not None:
            target.found += f" (two processes {found[TWO_THREADS].limit(step):.2f}×)"
        yield target
    yield against(UNDERTHESEA, "train, peak memory by underthesea_core's", 0.5, share("train peak"), at_most)
    yield from of_quality(task_set, results)
    yield at_most("start: one short article, the shipped model, process start to exit", 30,
                  own.seconds("shipped") * 1e3, "{:.0f} ms")


def of_quality(task_set, results):
    """No figure below the best peer's."""
    taking_part = [result for result in results if result.quality and not result.failure]
    own, peers = taking_part[0], [result for result in taking_part if not result.name.startswith("nhan")]
    for measure in own.quality:
        best = max(peers, key=lambda result: result.quality[measure], default=None)
        if best:
            yield at_least(f"{task_set.name} {measure}, best peer's ({best.name})", best.quality[measure],
                           own.quality[measure], "{:.4f}")


def of_growth(growth):
    """Linear time, a flat peak while classifying, a bounded one while training, long documents."""
    last = growth.rows[-1]
    middle = next(row for row in growth.rows if row.megabytes >= 20)
    span = f"{middle.megabytes:.0f} to {last.megabytes:.0f} MB"
    for step in ("classify", "train"):
        per_byte = [getattr(row, step).seconds / row.megabytes for row in (middle, last)]
        yield at_most(f"{step}, seconds a byte from {span}", 1.25, per_byte[1] / per_byte[0])
    yield at_most(f"classify, peak memory from {span}", 1.10, last.classify.peak / middle.classify.peak)
    yield at_most(f"train on {last.megabytes:.0f} MB, peak memory", 2048, last.train.peak / 2**20, "{:.0f} MiB")
    yield at_most("one document of 50 MB, seconds by a thousand of 50 KB", 1.1, growth.ratio)


def targets(contests, growth):
    """Every target, in the order of the report."""
    for task_set, results in contests:
        yield from (of_contest if task_set.name == "news" else of_quality)(task_set, results)
    if growth:
        yield from of_growth(growth)
