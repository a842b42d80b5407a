#!/usr/bin/env python3
"""Trains and runs `nhan` and its peers on two public sets, in rounds, and prints what each costs and how good it is.

Started by run.sh, which builds `nhan` and installs the peers; see README.md.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from contest import Contest
from contestants import PEERS, Nhan
from growth import grow, plot
from machine import describe
from report import markdown
from sets import sets

HERE = os.path.dirname(os.path.abspath(__file__))
CONFIGURATIONS = os.path.join(HERE, "..", "configurations")
REPOSITORIES = {"news": "diata0210/ML-VietNews-Classifier", "reuters": "learp/crime_classification"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nhan", required=True, help="the command to measure")
    parser.add_argument("--sets", help="a folder with news/ and reuters/, each with train.jsonl and test.jsonl; "
                                       "prepared there from clones where missing")
    parser.add_argument("--news", help="a clone of " + REPOSITORIES["news"])
    parser.add_argument("--reuters", help="a clone of " + REPOSITORIES["reuters"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", help="only these, by the start of their names, separated by commas")
    parser.add_argument("--only", choices=list(REPOSITORIES), help="only this set")
    parser.add_argument("--no-growth", action="store_true", help="leave out the texts of 1 to 500 MB")
    parser.add_argument("--report", default="report", help="the folder for report.md and growth.svg")
    return parser.parse_args()


def prepare(name, clone, folder):
    """Makes a set from a clone; without one, clones the repository first."""
    if os.path.exists(os.path.join(folder, name, "train.jsonl")) and not clone:
        return
    with tempfile.TemporaryDirectory() as scratch:
        if not clone:
            clone = os.path.join(scratch, "clone")
            address = "https://github.com/" + REPOSITORIES[name]
            if subprocess.run(["git", "clone", "-q", "--bare", address, clone]).returncode:
                sys.exit(f"{address} could not be cloned; give a clone of it with --{name}, or prepared sets with --sets")
        program = [sys.executable, os.path.join(HERE, "prepare.py")]
        subprocess.run([*program, name, clone, os.path.join(folder, name)], check=True, stdout=sys.stderr)


def main():
    options = arguments()
    folder = options.sets or os.path.join(HERE, ".sets")
    wanted = [item for item in sets() if options.only in (None, item.name)]
    for item in wanted:
        prepare(item.name, getattr(options, item.name), folder)
    prefixes = options.peers.split(",") if options.peers else [""]
    peers = [peer for peer in PEERS if peer.name.startswith(tuple(prefixes))]
    nhan = os.path.abspath(options.nhan)
    contests, growth = [], None
    scratch = tempfile.mkdtemp(prefix="nhan-peers-")
    try:
        for item in wanted:
            item.open(folder, scratch)
            contests.append((item, Contest(item, nhan, CONFIGURATIONS, peers, options.rounds, scratch).run()))
        news = next((item for item in wanted if item.name == "news"), None)
        if news and not options.no_growth:
            print("growth", file=sys.stderr)
            configuration = os.path.join(CONFIGURATIONS, news.configuration)
            growth = grow(Nhan(nhan, configuration), news.train, scratch)
        report = markdown(describe(nhan), contests, growth, peers, options.rounds)
    finally:
        shutil.rmtree(scratch)
    os.makedirs(options.report, exist_ok=True)
    with open(os.path.join(options.report, "report.md"), "w", encoding="utf-8") as file:
        file.write(report)
    if growth:
        with open(os.path.join(options.report, "growth.svg"), "w", encoding="utf-8") as file:
            file.write(plot(growth.rows))
    print(report)


main()
