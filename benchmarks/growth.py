"""Cost against size: time and memory of checking nets of 100 to 100,000 layers.

Each net is checked in a process of its own, which reports what the check added to a process that
has loaded everything.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import seconds, table, verdict

SIZES = (100, 1_000, 10_000, 100_000)
MOST_SECONDS = 10.0
MOST_GROWTH = 1.25
"""Exponent of the growth over the last tenfold step: 1 is linear; the rest is noise and caches."""


class Cost(NamedTuple):
    """A check: seconds of processor time, and megabytes more than before."""

    layers: int
    seconds: float
    megabytes: float


def chain(layers: int) -> str:
    """Every layer written out: what a converter from another format would write."""
    body = "\n".join("  conv(8, bias=false) -> bn -> relu" for _ in range(layers // 3))
    return _network(body)


def repeats(layers: int) -> str:
    """A loop over one block, as people write deep nets."""
    return (
        "block Unit {\n  residual { conv(8) -> bn -> relu -> conv(8) -> bn }\n  relu\n}\n"
        + _network(f"  repeat {layers // 6} {{ Unit }}")
    )


def dense(layers: int) -> str:
    """A concatenation after each layer (DenseNet): channels grow, no two layers are alike."""
    return _network(f"  repeat {layers // 2} {{ concat [prev, conv(1, 1)] }}")


def branching(layers: int) -> str:
    """Four branches side by side and a merge, again and again (Inception)."""
    block = "  concat [conv(2), conv(2, 1), conv(2, 5), maxpool(3, stride=1, pad=1) -> conv(2, 1)]"
    return _network(f"  repeat {layers // 5} {{\n  {block}\n  }}")


KINDS = {"chain": chain, "repeats": repeats, "dense": dense, "branching": branching}


def run(sizes: tuple[int, ...] = SIZES) -> tuple[str, bool]:
    """The table, and whether every goal is met."""
    rows = [("net", *(f"{size:,}" for size in sizes), "growth", "most", "")]
    all_met = True
    for kind in KINDS:
        costs = [measured(kind, size) for size in sizes]
        before, last = costs[-2:]
        growth = math.log(last.seconds / before.seconds, last.layers / before.layers)
        met = growth <= MOST_GROWTH and last.seconds < MOST_SECONDS
        all_met = all_met and met
        times = (seconds(cost.seconds) for cost in costs)
        rows.append(
            (f"{kind}, time", *times, f"n^{growth:.2f}", f"{MOST_SECONDS:g} s", verdict(met))
        )
        memory = (f"{cost.megabytes:.0f} MB" for cost in costs)
        rows.append((f"{kind}, memory", *memory, "", "", ""))
    return table(rows), all_met


def measured(kind: str, size: int) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.arch"
        path.write_text(KINDS[kind](size), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.growth", str(path)],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
        )
    return Cost(*json.loads(done.stdout))


def _network(body: str) -> str:
    return (
        "network Net {\n  input image: image[8, 16, 16]\n"
        f"{body}\n  expect macs > 0\n  expect receptive_field > 0\n  expect peak_memory > 0\n}}\n"
    )


def _check(path: str) -> Cost:
    import time

    from archdsl import driver

    before = _peak_kilobytes()
    start = time.process_time()
    found = driver.check(path)
    taken = time.process_time() - start
    after = _peak_kilobytes()
    assert not found.diagnostics, found.diagnostics[0].message
    return Cost(len(found.graphs[0].steps), taken, (after - before) / 1024)


def _peak_kilobytes() -> int:
    """The most memory that this program held; `getrusage` would count who started it as well."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").split("\n"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise OSError("/proc/self/status does not tell VmHWM")


if __name__ == "__main__":
    print(json.dumps(_check(sys.argv[1])))
