"""Runs one whole process and tells its seconds and its peak memory."""
import dataclasses
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

#: Every library that would start threads of its own is told not to; the processors it may run on are limited besides.
ONE_THREAD = {name: "1" for name in (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS",
    "RAYON_NUM_THREADS")}


@dataclasses.dataclass
class Cost:
    """What a process took: seconds of the clock, seconds of the processor, bytes of memory at its peak."""
    seconds: float
    processor: float
    peak: int


#: A command is run again at once until all its runs have taken so many seconds together, or so often: the first one after
#: another program pays for memory that the machine gave to that one.
LONG_ENOUGH, OFTEN_ENOUGH = 10.0, 7


class Failure(Exception):
    """A process that did not do its work; the message is the end of what it said."""


def processors(count):
    """The last processors this process may use: the first serves most interrupts."""
    return sorted(os.sched_getaffinity(0))[-count:]


def measure(command, scratch, threads=1):
    """Runs a command on as many processors as threads and returns its cost; raises `Failure`."""
    result = os.path.join(scratch, "cost.json")
    launcher = [sys.executable, "-I", "-S", os.path.join(HERE, "launch.py"), result]
    launcher.append(",".join(map(str, processors(threads))))
    process = subprocess.run(
        launcher + command, env={**os.environ, **ONE_THREAD}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE)
    if process.returncode:
        raise Failure(process.stderr.decode("utf-8", "replace")[-500:])
    with open(result, encoding="ascii") as file:
        cost = json.load(file)
    if cost["status"]:
        said = process.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Failure(said[-1] if said else f"exit status {cost['status']}")
    return Cost(cost["seconds"], cost["processor"], cost["peak"])


def measure_repeatedly(command, scratch, threads=1, least=1):
    """Runs a command several times, and at least so often: the medians of seconds, of two the lower, and the highest peak."""
    costs = []
    while len(costs) < least or len(costs) < OFTEN_ENOUGH and sum(cost.seconds for cost in costs) < LONG_ENOUGH:
        costs.append(measure(command, scratch, threads))
    return Cost(
        statistics.median_low(cost.seconds for cost in costs),
        statistics.median_low(cost.processor for cost in costs), max(cost.peak for cost in costs))
