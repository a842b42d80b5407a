"""Runs a command and writes what it cost: `launch.py RESULT PROCESSORS COMMAND…`, started as `python3 -I -S`.

A process of its own, because the kernel counts the parent's memory at the moment of starting into the child's peak:
this one stays below 10 MB, which is therefore the least peak that can be seen.
"""
import json
import os
import sys
import time

result, processors, command = sys.argv[1], sys.argv[2], sys.argv[3:]
os.sched_setaffinity(0, {int(number) for number in processors.split(",")})
start = time.monotonic()
child = os.posix_spawnp(command[0], command, os.environ)
_, status, usage = os.wait4(child, 0)
seconds = time.monotonic() - start
with open(result, "w", encoding="ascii") as file:
    json.dump({
        "seconds": seconds, "processor": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * 1024,
        "status": os.waitstatus_to_exitcode(status)}, file)
