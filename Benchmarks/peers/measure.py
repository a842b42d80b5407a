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
#: So often at most where several are measured in turn.
TURNS = 15


class Failure(Exception):
    """A process that did not do its work; the message is the end of what it said."""


def processors(count):
    """The last processors this process may use, for the first serves most interrupts: one of each core as far as there are
    cores, since two that are threads of one core share its units and caches."""
    first, other, cores = [], [], set()
    for processor in sorted(os.sched_getaffinity(0), reverse=True):
        core = core_of(processor)
        (other if core in cores else first).append(processor)
        cores.add(core)
    return sorted((first + other)[:count])


def core_of(processor):
    """The processors of the same core, as the kernel lists them; of a processor that it says nothing of, itself."""
    try:
        with open(f"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return str(processor)


def measure(command, scratch, threads=1):
    """Runs a command on as many processors as threads and returns its cost; raises `Failure`."""
    return Launched(command, scratch, processors(threads)).cost()


def measure_side_by_side(commands, scratch):
    """Runs commands at once, each on a processor of its own, and returns the cost of them all."""
    launched = [Launched(command, scratch, [processor])
                for command, processor in zip(commands, processors(len(commands)), strict=True)]
    costs = [one.cost() for one in launched]
    return Cost(max(cost.seconds for cost in costs), sum(cost.processor for cost in costs),
                sum(cost.peak for cost in costs))


class Launched:
    """A command that runs on some processors."""

    def __init__(self, command, scratch, processors):
        self.result = os.path.join(scratch, "cost-" + ",".join(map(str, processors)) + ".json")
        launcher = [sys.executable, "-I", "-S", os.path.join(HERE, "launch.py"), self.result]
        launcher.append(",".join(map(str, processors)))
        self.process = subprocess.Popen(
            launcher + command, env={**os.environ, **ONE_THREAD}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)

    def cost(self):
        """Waits for the end; raises `Failure`."""
        said = self.process.communicate()[1].decode("utf-8", "replace")
        if self.process.returncode:
            raise Failure(said[-500:])
        with open(self.result, encoding="ascii") as file:
            cost = json.load(file)
        if cost["status"]:
            raise Failure((said.strip().splitlines() or [f"exit status {cost['status']}"])[-1])
        return Cost(cost["seconds"], cost["processor"], cost["peak"])


def measure_repeatedly(command, scratch, threads=1, least=1):
    """Runs a command several times, and at least so often."""
    turns = in_turn(lambda: measure(command, scratch, threads), least=least, most=OFTEN_ENOUGH)
    return middle([cost for cost, in turns])


def in_turn(*measured, least=1, most=TURNS):
    """Measures several things one after the other, several times, for the machine's speed changes by the second: turns, each
    with a cost for every one of them."""
    turns = []
    while len(turns) < least or (
            len(turns) < most and sum(cost.seconds for turn in turns for cost in turn) < LONG_ENOUGH):
        turns.append([one() for one in measured])
    return turns


def middle(costs):
    """The medians of seconds, of two the lower, and the highest peak."""
    return Cost(
        statistics.median_low(cost.seconds for cost in costs),
        statistics.median_low(cost.processor for cost in costs), max(cost.peak for cost in costs))
