"""Commands run no code but their own, open no connection, start no program but Graphviz's, read
what is in the project and write what they were asked for.
"""

import _heapq
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.cli.commands import ROOT
from tests.hostile.broken_weights import BROKEN, NET, checkpoint, state
from tests.hostile.nets import RESTRICTED, broken, everywhere, restricted
from tests.hostile.texts import HOSTILE

HARM = "open('out/harm', 'w').close()\n"
"""What a Python module in the project does when it is imported."""

EXTERN = """\
extern op Odd(size: int = 3) {
  shape input.shape
  pytorch "harm.inner:Odd"
  onnx "org.harm:Odd"
}

network Net {
  input x: image[3, 8, 8]
  Odd
  conv(4)
}
"""


def audited(folder: Path, commands: list[list[str]], is_on_path: bool = True) -> list[str]:
    """What commands did in a project that they may not do.

    Args:
        is_on_path: whether Python would find what is imported in the project's folder.
    """
    started = watched(folder, [ROOT, folder] if is_on_path else [ROOT])
    out, err = started.communicate(json.dumps({"folder": str(folder), "commands": commands}))
    assert started.returncode == 0, err[-3000:]
    assert not os.listdir(folder.parent / "home")
    found: list[str] = json.loads(out)
    return found


def watched(folder: Path, path: list[Path], **variables: str) -> subprocess.Popen[str]:
    """A process that waits for the commands to watch."""
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ORT_")}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.hostile.audited"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={
            **plain,
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "ARCHDSL_CACHE_DIR": str(folder.parent / "cache"),
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home),
            **variables,
        },
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project in which modules lie in wait, with links that lead out of it."""
    project = tmp_path / "project"
    for name in ("out", "own", "harm"):
        (project / name).mkdir(parents=True)
    for name in ("harm/__init__", "harm/inner", "onnx_harm", "torch_harm"):
        (project / f"{name}.py").write_text(HARM)
    (project / "archdsl.toml").write_text("")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "net.arch").write_text("block Outside { relu }\n")
    (outside / "w.safetensors").write_bytes(bytes(100))
    (project / "link.arch").symlink_to(outside / "net.arch")
    (project / "linked").symlink_to(outside)
    return project


EVERY = (
    "check {}",
    "lint {} --no-cache",
    "lint {}",
    "lint {} --format json",
    "lint {} --format sarif",
    "lint {} --write-baseline out/b.json",
    "fmt --check {}",
    "fmt --diff {}",
    "summary {}",
    "summary {} --format json",
    "explain {} conv1",
    "compile {} -o out",
    "diagram {} -o out/d.svg",
    "init {} -o out/w.safetensors",
)
COMPILE = "compile {} -o out --to pytorch,onnx,svg,dot,mermaid,html"


def test_sound_and_hostile_sources(folder: Path) -> None:
    sources = [str(path) for path in sorted((ROOT / "specs").glob("*.arch"))]
    texts = {
        "extern.arch": EXTERN,
        **{f"h{number}.arch": everywhere(text) for number, text in enumerate(HOSTILE[::25])},
        **{f"b{number}.arch": broken(text) for number, text in enumerate(HOSTILE[::40])},
        **{
            f"r{number}.arch": restricted(place, text)
            for number, (place, text) in enumerate(zip(RESTRICTED, HOSTILE[::8], strict=False))
        },
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
        shutil.copy(folder / name, folder / "own" / name)
    commands = [
        template.format(name).split()
        for number, name in enumerate(texts)
        # Every command for some sources, and some commands for every source.
        for template in (EVERY if number % 6 == 0 else EVERY[number % 3 :: 3])
    ]
    commands += [COMPILE.format(name).split() for name in texts if name[0] in "he"]
    commands += [["check", path] for path in sources]
    commands += [
        ["compile", f"{ROOT}/specs/lenet.arch", "-o", "out", "--to", "pytorch,onnx,svg"],
        *(["lint", f"own/{name}", "--fix"] for name in texts),
        *(["fmt", f"own/{name}"] for name in texts),
        *(["lint", "."], ["fmt", "--check", "."], ["zoo"], ["zoo", "lenet", "-o", "out/l.arch"]),
        *(["explain", "E301"], ["--version"], ["--help"], ["summary", "--help"]),
    ]
    found = audited(folder, commands)
    assert not found, found
    assert not (folder / "out" / "harm").exists()
    written = {path.name for path in folder.iterdir()}
    expected = {"out", "own", "harm", "archdsl.toml", "link.arch", "linked"}
    assert {name for name in written if not name.endswith((".arch", ".py"))} == expected - {
        "link.arch"
    }


LEADING_OUT = (
    'from "link.arch" import Outside\n',
    'from "linked/net.arch" import Outside\n',
    'from "../outside/net.arch" import Outside\n',
    'from "/etc/passwd" import Outside\n',
    'from "own/loop.arch" import Outside\n',
)


def test_links_that_lead_out(folder: Path) -> None:
    (folder / "own" / "loop.arch").symlink_to("../linked/net.arch")
    (folder / "out" / "net.py").symlink_to("../../outside/net.arch")
    (folder / "out" / "net.onnx").symlink_to("../../outside/w.safetensors")
    commands = []
    for number, line in enumerate(LEADING_OUT):
        (folder / f"n{number}.arch").write_text(line + NET)
        commands += [
            template.format(f"n{number}.arch").split()
            for template in ("check {}", "lint {}", "compile {}", "summary {}")
        ]
    plan = 'transfer Plan of Net {\n  weights("linked/w.safetensors")\n  train(fc)\n}\n'
    (folder / "plan.arch").write_text(NET + plan)
    (folder / "net.arch").write_text(NET)
    commands += [
        *(["check", "plan.arch"], ["lint", "plan.arch"], ["compile", "plan.arch", "-o", "out"]),
        ["compile", "net.arch", "-o", "out", "--to", "pytorch,onnx"],
        *(["lint", "."], ["lint", "own", "--fix"], ["fmt", "own"]),
    ]
    assert not audited(folder, commands)
    assert (folder.parent / "outside" / "net.arch").read_text() == "block Outside { relu }\n"


def test_weights(folder: Path) -> None:
    (folder / "net.arch").write_text(NET)
    commands = []
    for name in list(BROKEN)[::4]:
        (folder / name).write_bytes(BROKEN[name]())
        commands.append(["compile", "net.arch", "-o", "out", "--to", "onnx", "--weights", name])
    found = audited(folder, commands)
    assert not found, found
    assert not (folder / "harm" / "harm").exists() and not (folder / "out" / "harm").exists()


LIBRARIES = ("libcuda.so.1", "libdl.so.2", "libnvrtc.so.13", "libonnxruntime.so.1")
"""What PyTorch and onnxruntime look for, and would take from the current folder."""


def test_what_verify_runs(folder: Path) -> None:
    """What archdsl wrote, PyTorch and onnxruntime: none of what lies beside the source."""
    for name in ("numpy", "onnx", "onnxruntime", "torch", "usercustomize"):
        (folder / f"{name}.py").write_text(HARM)
    for name in LIBRARIES:
        shutil.copy(_heapq.__file__, folder / name)  # any library will do
    for number, text in enumerate(HOSTILE[::60]):
        (folder / f"h{number}.arch").write_text(everywhere(text), encoding="utf-8", newline="")
    (folder / "extern.arch").write_text(EXTERN)
    (folder / "net.arch").write_text(NET)
    (folder / "w.pt").write_bytes(checkpoint(state()))
    commands = [["verify", path.name] for path in sorted(folder.glob("h*.arch"))]
    commands += [
        *(["verify", "extern.arch"], ["verify", "net.arch", "--weights", "w.pt"]),
        ["compile", "net.arch", "-o", "out", "--to", "onnx", "--weights", "w.pt"],
    ]
    assert not audited(folder, commands, is_on_path=False)
    assert not (folder / "out" / "harm").exists()


def test_what_view_does(folder: Path) -> None:
    """It listens on the loopback address, reads the source, and opens a browser."""
    (folder / "net.arch").write_text(NET)
    browser = folder.parent / "browser"
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)
    started = watched(folder, [ROOT, folder], BROWSER=str(browser))
    assert started.stdin and started.stdout
    with started.stdin as stdin:
        json.dump({"folder": str(folder), "commands": [["view", "net.arch"]]}, stdin)
    address = started.stdout.readline().strip()
    for text in (NET, NET.replace("linear(2)", "linear(3)"), "from 'link.arch' import A", NET):
        (folder / "net.arch").write_text(text)
        for path in ("", "state?after=0", "net.arch", "../net.arch", "%2e%2e/harm.py"):
            with contextlib.suppress(urllib.error.HTTPError), urlopen(address + path) as reply:
                reply.read()
    started.send_signal(signal.SIGINT)
    out = started.stdout.read()
    assert json.loads(out.removeprefix("Ctrl-C ends it.\n")) == []
    assert started.wait() == 0
    assert not os.listdir(folder.parent / "home")


def test_modules_in_the_current_folder(folder: Path) -> None:
    """`python -m` looks there first for all that it does not need itself to start; we do not."""
    names = ("bisect", "difflib", "json", "pydantic", "re", "signal", "tomllib", "typing", "xml")
    for name in names:
        (folder / f"{name}.py").write_text(HARM)
    (folder / "net.arch").write_text(NET)
    (folder / "archdsl.toml").write_text("[lint]\nlevel = 'note'\n")
    for words in ("lint net.arch --format json --no-cache", "compile net.arch -o out"):
        done = subprocess.run(
            [sys.executable, "-m", "archdsl", *words.split()],
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert done.returncode == 0, done
        assert not (folder / "out" / "harm").exists()


def test_the_hook_sees(folder: Path) -> None:
    """What may not be done is found when it is done."""
    (folder / "net.arch").write_text(NET)
    (folder / "extern.arch").write_text(EXTERN)
    outside = str(folder.parent / "outside" / "net.arch")
    for command, event in (
        (["check", outside], "open"),
        (["compile", "net.arch", "-o", str(folder)], "os.rename"),
        (["fmt", outside], "open"),
        (["verify", "extern.arch"], "exec"),
    ):
        found = audited(folder, [command])
        assert any(f": {event} " in one for one in found), (command, found)
