#!/usr/bin/env python3
"""Compares allocations and instructions of each benchmark with the committed thresholds.json.

usage: thresholds.py [check | update] PROGRAM

Neither depends on what else the machine does, so a change is a change of the code (or of the compiler: `update` then).
Instructions are counted by valgrind's callgrind, which needs no counters of the processor and gives the same figure
every time. `check` fails where a figure is above its threshold by more than the tolerance, and tells what has become
so much better that the threshold should follow.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(HERE, "thresholds.json")
#: Text for counting: enough that the work outweighs the set-up, little enough for valgrind.
BYTES = "100000"
TOLERANCE = {"allocations": 0.02, "instructions": 0.03}
#: Swift otherwise seeds its hash tables anew in every process.
ENVIRONMENT = {**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1", "SWIFT_BACKTRACE": "enable=no"}


def run(program, *arguments, scratch):
    command = [*program, *arguments, "--bytes", BYTES, "--scratch", os.path.join(scratch, "articles.jsonl"),
               "--data", os.path.join(HERE, "..", "training-data", "train")]
    return subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True)


def stripped(program, scratch):
    """A copy without debugging information, which older valgrinds cannot read; the names of functions stay."""
    copy = os.path.join(scratch, "program")
    subprocess.run(["strip", "--strip-debug", "-o", copy, program], check=True)
    return copy


def instructions(program, name, scratch):
    valgrind = ["valgrind", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*collectedRun*",
                "--callgrind-out-file=/dev/null", program]
    said = run(valgrind, "collect", "--only", name, scratch=scratch).stderr
    count = int(re.search(r"Collected : (\d+)", said).group(1))
    if count == 0:
        sys.exit(f"{name}: callgrind saw no function collectedRun")
    return count


def measure(program):
    with tempfile.TemporaryDirectory() as scratch:
        program = stripped(program, scratch)
        lines = run([program], "allocations", scratch=scratch).stdout.splitlines()
        figures = {}
        for name, allocations in (line.split("\t") for line in lines):
            figures[name] = {"allocations": int(allocations), "instructions": instructions(program, name, scratch)}
            print(f"{name}: {figures[name]['allocations']} allocations, {figures[name]['instructions']} instructions")
        return figures


def check(found, wanted):
    """What is wrong, in sentences; notes what is far better on the way."""
    wrong = [f"{name}: no threshold" for name in found.keys() - wanted.keys()]
    wrong += [f"{name}: a threshold, but no such benchmark" for name in wanted.keys() - found.keys()]
    for name in found.keys() & wanted.keys():
        for what, tolerance in TOLERANCE.items():
            is_, was = found[name][what], wanted[name][what]
            if is_ > was * (1 + tolerance) + 1:
                wrong.append(f"{name}: {is_} {what}, the threshold is {was}")
            elif is_ < was * (1 - tolerance) - 1:
                print(f"{name}: {is_} {what}, better than {was}: run `thresholds.py update`")
    return sorted(wrong)


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("check", "update"):
        sys.exit(__doc__)
    found = measure(os.path.abspath(sys.argv[2]))
    if sys.argv[1] == "update":
        with open(FILE, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=2, ensure_ascii=False)
            file.write("\n")
        return
    with open(FILE, encoding="utf-8") as file:
        wrong = check(found, json.load(file))
    if wrong:
        sys.exit("\n".join(wrong))
    print("within the thresholds")


main()
