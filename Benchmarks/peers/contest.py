"""The contest on one set: in each round every peer trains and classifies right after `nhan` did the same, and `nhan` with two
threads in turn with one."""
import dataclasses
import os
import statistics
import sys

from contestants import Nhan, Peer
from measure import Failure, in_turn, measure, measure_repeatedly, measure_side_by_side, middle, processors
from score import score
from sets import labels


@dataclasses.dataclass
class Result:
    """What one contestant showed on one set: a cost a round, and for each round its ratio to nhan's run just before."""
    name: str
    package: str
    scores: list = dataclasses.field(default_factory=list)
    train: list = dataclasses.field(default_factory=list)
    classify: list = dataclasses.field(default_factory=list)
    start: list = dataclasses.field(default_factory=list)
    shipped: list = dataclasses.field(default_factory=list)
    ratios: dict = dataclasses.field(default_factory=dict)
    #: By step, for each round: what two processes side by side do in the time of one, about the most that two threads can.
    limits: dict = dataclasses.field(default_factory=dict)
    failure: str = ""

    @property
    def quality(self):
        """The median of each figure over the rounds: some peers learn something else every time."""
        return {name: statistics.median(scores[name] for scores in self.scores) for name in (self.scores or [{}])[0]}

    def seconds(self, step):
        return statistics.median(cost.seconds for cost in getattr(self, step))

    def peak(self, step):
        return max(cost.peak for cost in getattr(self, step))

    def limit(self, step):
        return statistics.median(self.limits[step])

    def ratio(self, name):
        """The median of a ratio over the rounds: how many times nhan's cost this contestant's is."""
        return statistics.median(self.ratios[name])


#: The model that comes with `nhan`, whose start is measured besides that of the set's model.
SHIPPED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Models", "themes.safetensors")


class Contest:
    """Runs everybody on one set, in rounds, and keeps the results in the order of the contestants."""

    def __init__(self, task_set, nhan, configurations, peers, rounds, scratch):
        self.set, self.rounds, self.scratch = task_set, rounds, scratch
        self.nhan = Nhan(nhan, os.path.join(configurations, task_set.configuration))
        self.two = Nhan(self.nhan.command, self.nhan.configuration, threads=2)
        self.own = Result("nhan", self.nhan.version())
        self.results = {peer.name: self._entry(peer) for peer in peers}
        self.twice = Result("nhan, 2 threads", self.own.package)
        if len(processors(2)) < 2:
            self.twice.failure = "this machine has one processor"
        self.peers = peers

    def _entry(self, peer):
        version = peer.version()
        result = Result(peer.name, f"{peer.package} {version}" if version else peer.package)
        if not version:
            result.failure = "not installed"
        return result

    def run(self):
        """All rounds. A contestant that fails is named with what it said, and left out of the later rounds."""
        for number in range(self.rounds):
            print(f"{self.set.name}: round {number + 1} of {self.rounds}", file=sys.stderr, flush=True)
            for step in (self._train, self._classify):
                for entrant, result in self._field():
                    if not result.failure:
                        self._attempt(step, entrant, result)
            shipped = self.nhan.classify(SHIPPED, self.set.one, self._path(self.own, ".jsonl"))
            self.own.shipped.append(measure_repeatedly(shipped, self.scratch))
        return [self.own, self.twice, *self.results.values()]

    def _field(self):
        return [(self.two, self.twice), *((peer, self.results[peer.name]) for peer in self.peers)]

    def _attempt(self, step, entrant, result):
        try:
            step(entrant, result)
        except Failure as failure:
            result.failure = str(failure)
            print(f"{result.name}: {failure}", file=sys.stderr)

    def _path(self, result, suffix):
        return os.path.join(self.scratch, result.name.replace(" ", "-").replace(",", "") + suffix)

    def _train(self, entrant, result):
        def command(someone, path):
            return self._command(someone, "train", self.set.train, path)

        self._compare("train", command, ".model", entrant, result)

    def _classify(self, entrant, result):
        for step, source in (("start", self.set.one), ("classify", self.set.everything)):
            def command(someone, path):
                model = self._path(result if someone is entrant else self.own, ".model")
                return self._command(someone, "classify", model, source, path)

            self._compare(step, command, ".jsonl", entrant, result)
        for their in (self.own, result):
            predicted = labels(self._path(their, ".jsonl"), limit=len(self.set.gold))
            their.scores.append(score(self.set.task, self.set.gold, predicted))

    def _compare(self, step, command, suffix, entrant, result):
        """Measures a step of nhan and of a contestant; `command` makes the command that writes to a path."""
        own, their = command(self.nhan, self._path(self.own, suffix)), command(entrant, self._path(result, suffix))
        if result is self.twice:
            second = command(self.nhan, self._path(self.own, ".second" + suffix))
            turns = in_turn(
                lambda: measure(own, self.scratch), lambda: measure(their, self.scratch, entrant.threads),
                lambda: measure_side_by_side([own, second], self.scratch))
            self.twice.limits.setdefault(step, []).append(
                statistics.median(2 * one.seconds / both.seconds for one, _, both in turns))
        else:
            turns = [[measure_repeatedly(someones, self.scratch) for someones in (own, their)]]
        getattr(self.own, step).append(middle([turn[0] for turn in turns]))
        getattr(result, step).append(middle([turn[1] for turn in turns]))
        for name, cost in (("", "seconds"), (" processor", "processor"), (" peak", "peak")):
            result.ratios.setdefault(step + name, []).append(
                statistics.median(getattr(turn[1], cost) / getattr(turn[0], cost) for turn in turns))

    def _command(self, entrant, step, *arguments):
        if isinstance(entrant, Peer):
            return getattr(entrant, step)(self.set.task, *arguments)
        return getattr(entrant, step)(*arguments)
