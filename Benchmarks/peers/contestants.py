"""Who takes part: how each is started, from which package it comes."""
import dataclasses
import importlib.metadata
import os
import subprocess
import sys

import settings

HERE = os.path.dirname(os.path.abspath(__file__))


@dataclasses.dataclass
class Peer:
    """A peer: its name in the report, its package on PyPI, its program with leading arguments, its settings."""
    name: str
    package: str
    program: list
    settings: object

    def train(self, task, source, model):
        return self._command("train", task, source, model)

    def classify(self, task, model, source, target):
        return self._command("classify", task, model, source, target)

    def version(self):
        """The installed version, or nothing where it is not installed."""
        try:
            return importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:
            return None

    def _command(self, *arguments):
        program, *leading = self.program
        return [sys.executable, os.path.join(HERE, "programs", program), *leading, *arguments]


@dataclasses.dataclass
class Nhan:
    """`nhan` with a number of threads and the configuration of a set."""
    command: str
    configuration: str
    threads: int = 1

    def train(self, source, model):
        return [self.command, "train", "--config", self.configuration, "--data", source, "--output", model,
                "--threads", str(self.threads)]

    def classify(self, model, source, target):
        return [self.command, "classify", "--model", model, "--output", target, "--threads", str(self.threads), source]

    def version(self):
        return subprocess.run([self.command, "--version"], capture_output=True, text=True, check=True).stdout.strip()


PEERS = [
    Peer("underthesea_core", "underthesea-core", ["underthesea_peer.py"], settings.UNDERTHESEA),
    Peer("fastText", "fasttext-wheel", ["fasttext_peer.py"], settings.FASTTEXT),
    Peer("Vowpal Wabbit", "vowpalwabbit", ["vowpal_wabbit_peer.py"], settings.VOWPAL_WABBIT),
    Peer("LIBLINEAR", "liblinear-official", ["liblinear_peer.py"], [settings.TFIDF, settings.LIBLINEAR]),
    Peer("scikit-learn LinearSVC", "scikit-learn", ["sklearn_peer.py", "LinearSVC"],
         [settings.TFIDF, settings.LINEAR_SVC]),
    Peer("scikit-learn LogisticRegression", "scikit-learn", ["sklearn_peer.py", "LogisticRegression"],
         [settings.TFIDF, settings.LOGISTIC_REGRESSION]),
]
