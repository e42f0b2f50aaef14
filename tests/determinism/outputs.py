"""Every output of archdsl, as digests, in surroundings that must not matter."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from archdsl.lint.catalogue import RULES

ROOT = Path(__file__).parent.parent.parent

SOURCES = ("specs", "tests/lint/planted", "tests/lint/good")
"""What is copied into a folder of its own, and worked on there."""

COMMANDS = (
    "compile specs/lenet.arch --to pytorch,onnx,svg,dot,mermaid,html -o out",
    "compile specs/mobilenet_v2.arch --to pytorch,onnx,svg,dot,mermaid,html -o out",
    "compile specs/resnet.arch --to pytorch,dot,mermaid,html -o out",
    "compile specs/googlenet.arch --to pytorch,dot -o out/googlenet",
    "compile specs/mobilenet_v2.arch --to onnx --fold-norm --functions --seed 3 -o out/folded",
    "diagram specs/lenet.arch -o out/lenet.png",
    "diagram specs/resnet.arch:ResNet50 -o out/layers.svg --level layer --show params,macs,field",
    "init specs/lenet.arch -o out/lenet.safetensors --seed 1",
    "summary specs/efficientnet.arch:EfficientNetB0 --format table",
    "summary specs/efficientnet.arch:EfficientNetB0 --format json",
    "summary specs/efficientnet.arch:EfficientNetB0 --format csv",
    "summary specs/efficientnet.arch:EfficientNetB0 --format md",
    "explain specs/resnet.arch:ResNet50 layer3.0.conv2",
    "check specs/lenet.arch specs/resnet.arch tests/lint/planted/P108.arch",
    *(
        f"lint --no-cache --select {','.join(RULES)} --format {form} ."
        for form in ("text", "json", "sarif", "github", "junit")
    ),
    "lint --no-cache --diff .",
    "fmt --diff tests/lint/planted",
    "zoo",
)


FOR_PEOPLE = ("--format text .", "--format github .")


class Surroundings(NamedTuple):
    """What must not matter: variables, the folder's name, the number of processors, the Python."""

    title: str
    environment: dict[str, str]
    folder: str = "project"
    processors: int | None = None
    python: str = sys.executable
    ascii_alone: bool = False
    """Whether a terminal shows ASCII alone: what is written for people has escapes then."""


def digests(where: Surroundings, folder: Path) -> dict[str, str]:
    """Of each command, its exit code and the digests of its streams; of each file, its digest."""
    project = folder / where.folder
    for source in SOURCES:
        shutil.copytree(ROOT / source, project / source)
    (project / "archdsl.toml").touch()
    found = {}
    for command in COMMANDS:
        done = subprocess.run(
            _words(where, command),
            check=False,
            cwd=project,
            capture_output=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), **where.environment},
        )
        streams = (_digest(done.stdout), _digest(done.stderr))
        found[command] = f"{done.returncode} {' '.join(streams)}"
    for path in sorted((project / "out").rglob("*")):
        if path.is_file():
            found[str(path.relative_to(project))] = _digest(path.read_bytes())
    return found


def _words(where: Surroundings, command: str) -> list[str]:
    words = [where.python, "-m", "archdsl", *command.split()]
    if where.processors is not None and shutil.which("taskset"):
        return ["taskset", "-c", ",".join(map(str, range(where.processors))), *words]
    return words


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def differences(
    one: dict[str, str], other: dict[str, str], *, ascii_alone: bool = False
) -> Iterator[str]:
    """The outputs that differ, `ascii_alone` of those that are for programs to read."""
    for name in sorted(one.keys() | other.keys()):
        if ascii_alone and name.endswith(FOR_PEOPLE):
            continue
        if one.get(name) != other.get(name):
            yield f"{name}: {one.get(name)} and {other.get(name)}"
