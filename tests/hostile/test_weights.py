"""Weights files that are not what they seem: a diagnostic each, in little time and memory, and
nothing of what is in them is executed.
"""

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from archdsl.diagnostics import Diagnostic
from archdsl.graph.ir import Graph
from archdsl.weights import WeightsError, read_weights
from archdsl.weights.stored import open_headers
from tests.cli.commands import Result, environment
from tests.hostile.broken_weights import BROKEN, NET, SOUND, checkpoint, safetensors, saved, state
from tests.hostile.telling import check_told
from tests.onnx.nets import graph_of

PLAN = """
transfer Plan of Net {
  weights("files/FILE")
  train(fc)
}
"""

SECONDS, MEGABYTES = 10.0, 300.0
"""Of processor time and of memory that no file may take; nearly all take next to nothing."""

CHILD = """
import io, json, os, resource, sys, time
import numpy, onnx, torch
from archdsl.cli import main

def run(words):
    sys.stdout, sys.stderr = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    began = time.process_time()
    code = main(words)
    spent = time.process_time() - began
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    texts = []
    for stream in streams:
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return code, *texts, spent, peak

run(["check", "net.arch:Net"])
found = {"": [run(["check", "net.arch:Net"])]}
for number, name in enumerate(sorted(os.listdir("files"))):
    compile = ["compile", "net.arch:Net", "--to", "onnx", "--weights", "files/" + name]
    found[name] = [run(compile), run(["check", f"plan{number}.arch"])]
print(json.dumps(found))
"""

Runs = dict[str, list[tuple[int, str, str, float, float]]]
"""By the name of a file, of both commands: exit code, streams, seconds, megabytes at the most."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """All files through one process, with and without a plan."""
    folder = tmp_path_factory.mktemp("weights")
    (folder / "files").mkdir()
    (folder / "net.arch").write_text(NET)
    for number, name in enumerate(sorted(BROKEN)):
        (folder / "files" / name).write_bytes(BROKEN[name]())
        (folder / f"plan{number}.arch").write_text(NET + PLAN.replace("FILE", name))
    before = {str(path) for path in folder.rglob("*")}
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert not done.stderr
    left = {str(path) for path in folder.rglob("*")} - before
    assert left <= {str(folder / "build")}, left
    found: Runs = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", BROKEN)
def test_files_made_by_hand(runs: Runs, name: str) -> None:
    start = runs[""][0][4]
    for code, out, err, seconds, peak in runs[name]:
        check_told(Result(code, out, err))
        assert seconds < SECONDS and peak - start < MEGABYTES
    compiled, checked = (run[0] for run in runs[name])
    # A check looks at names and shapes alone.
    assert compiled in (1, 2) and checked in (0, 1), runs[name]


# --- Files that were sound ------------------------------------------------------------------------


def sound_files() -> dict[str, bytes]:
    arrays = {name: value.numpy() for name, value in state().items()}
    return {
        "w.safetensors": safetensors(SOUND),
        "w.npz": saved(**arrays),
        "w.pt": checkpoint(state()),
        "old.pt": checkpoint(state(), old=True),
    }


FILES = sound_files()


@pytest.fixture
def graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Graph:
    monkeypatch.chdir(tmp_path)
    return graph_of(NET, tmp_path)


def outcome(graph: Graph, name: str, data: bytes) -> str:
    """What reading a file comes to: its headers as for a plan, then all of its tensors."""
    Path(name).write_bytes(data)
    try:
        open_headers(name)
        found = read_weights(graph, name)
        if isinstance(found, Diagnostic):
            return found.code
        for key, weight in graph.weights():
            array = found[key]
            assert array.shape == weight.shape and array.dtype == np.float32
    except WeightsError as error:
        assert str(error).isprintable()
        return "refused"
    return "read"


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_cut_off(graph: Graph, name: str) -> None:
    """At every byte where something begins or ends, and at every fifth of the others."""
    data = FILES[name]
    assert outcome(graph, name, data) == "read"
    step = 1 if len(data) < 1_000 else 5
    found = {outcome(graph, name, data[:end]) for end in range(0, len(data) - 1, step)}
    assert found == {"refused"} if name != "old.pt" else found <= {"refused", "E501"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FILES)
def test_files_in_which_bytes_are_changed(graph: Graph, name: str) -> None:
    stream = random.Random(name)
    outcomes = {outcome(graph, name, scribbled(FILES[name], stream)) for _ in range(600)}
    assert {"read", "refused"} <= outcomes <= {"read", "refused", "E501"}


def scribbled(data: bytes, stream: random.Random) -> bytes:
    """The same with some bytes changed, cut out, put in or moved."""
    changed = bytearray(data)
    for _ in range(stream.choice((1, 1, 2, 5))):
        place = stream.randrange(len(changed))
        match stream.randrange(5):
            case 0:
                changed[place] = stream.randrange(256)
            case 1:
                changed[place] ^= 1 << stream.randrange(8)
            case 2:
                del changed[place : place + stream.randint(1, 9)]
            case 3:
                changed[place:place] = stream.choice(
                    (b"\xff" * 8, bytes(8), b"(", b"\x80\x02", b"[")
                )
            case 4:
                other = stream.randrange(len(changed))
                changed[place : place + 4] = changed[other : other + 4]
    return bytes(changed)
