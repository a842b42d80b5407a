"""What the figures were measured on: processor, memory, system, and the libraries that matter."""
import os
import platform
import re
import subprocess


def said(command):
    """A command's output, or nothing where there is no such command."""
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        return ""


def field(pattern, text):
    found = re.search(pattern, text, re.M)
    return found.group(1).strip() if found else "unknown"


def describe(nhan):
    """Lines of the report's description of the machine."""
    processor = said(["lscpu"])
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    system = field(r'^PRETTY_NAME="?([^"\n]*)', open("/etc/os-release", encoding="utf-8").read())
    blas = re.search(r"libblas\S* => (\S+)", said(["ldd", nhan]))
    return [
        f"Processor: {field(r'^Model name:(.*)$', processor)} ({platform.machine()}), "
        f"{len(os.sched_getaffinity(0))} processors ({field(r'^Thread.s. per core:(.*)$', processor)} a core), "
        f"L2 {field(r'^L2 cache:(.*)$', processor)}, "
        f"L3 {field(r'^L3 cache:(.*)$', processor)}",
        f"Memory: {memory / 2**30:.0f} GiB",
        f"System: {system}, Linux {platform.release().split('-')[0]}",
        f"Python {platform.python_version()}; {field(r'(Swift version [0-9.]+)', said(['swift', '--version']))}; "
        f"BLAS of nhan: {os.path.realpath(blas.group(1)) if blas else 'linked in'}",
    ]
