"""What is read: what a user names, and ordinary files of the project."""

import os
import resource
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archdsl.inputs import MOST_SOURCE
from archdsl.lint.cache import open_cache
from tests.cli.commands import Commands, process
from tests.hostile.nobody import nobody, open_folder
from tests.hostile.telling import check_told

NET = """\
network Net {
  input image: image[3, 8, 8]
  conv(4) -> relu
}
"""
SECRET = "the secret of another folder"


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """Nothing waits for a pipe that nobody writes into."""

    def late(number: int, frame: object) -> None:
        raise AssertionError("waited for a pipe")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(120)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def outside(archdsl: Commands) -> Path:
    """A file beside the project."""
    (archdsl.folder / ".git").mkdir()
    path = archdsl.folder.parent / "outside.arch"
    path.write_text(SECRET)
    return path


def told(archdsl: Commands, *words: str) -> str:
    """What a command says that ends as documented, and nothing of the secret."""
    result = archdsl(*words)
    check_told(result)
    assert SECRET not in result.out + result.err
    return f"{result.code} {result.out}{result.err}"


IMPORTS = ("outside.arch", "../outside.arch", "link.arch", "folder/outside.arch", "OUTSIDE")


@pytest.mark.parametrize("target", IMPORTS)
def test_imports_from_outside(archdsl: Commands, outside: Path, target: str) -> None:
    (archdsl.folder / "link.arch").symlink_to(outside)
    (archdsl.folder / "outside.arch").symlink_to("link.arch")
    (archdsl.folder / "folder").symlink_to("..")
    archdsl.write("net.arch", f'from "{target.replace("OUTSIDE", str(outside))}" import Net\n{NET}')
    for command in ("check", "lint", "compile"):
        assert "error E413" in told(archdsl, command, "net.arch")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("pipe", "it is not an ordinary file"),
        ("folder", "is a directory"),
        ("loop", "too many levels of symbolic links"),
        ("nothing", "no such file"),
    ],
)
def test_imports_of_what_is_no_file(archdsl: Commands, kind: str, reason: str) -> None:
    make(archdsl.folder / "other.arch", kind)
    archdsl.write("net.arch", f'from "other.arch" import Net\n{NET}')
    for command in ("check", "lint"):
        assert f"cannot be imported: {reason}" in told(archdsl, command, "net.arch")


def make(path: Path, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)


def test_folders_that_hold_links_and_pipes(archdsl: Commands, outside: Path) -> None:
    """What leads out of the project is neither read nor rewritten; it is told."""
    (archdsl.folder / "nets").mkdir()
    archdsl.write("nets/net.arch", NET)
    (archdsl.folder / "common.arch").write_text(NET)
    (archdsl.folder / "nets/inner.arch").symlink_to("../common.arch")
    (archdsl.folder / "nets/outer.arch").symlink_to(outside)
    (archdsl.folder / "nets/linked").symlink_to(outside.parent)
    os.mkfifo(archdsl.folder / "nets/pipe.arch")
    outside.write_text(NET.replace("conv(4)", "conv( 4)"))
    for words in (
        ("lint", "nets"),
        ("lint", "nets", "--fix"),
        ("fmt", "nets"),
        ("fmt", "--check", "."),
    ):
        text = told(archdsl, *words)
        assert text.startswith("2 "), text
        assert "nets/outer.arch is left out: it is a link out of the project" in text
        assert "nets/pipe.arch is left out: it is not an ordinary file" in text
        assert "2 files" in text or "3 files" in text
    assert "conv( 4)" in outside.read_text()
    # One that is named is read, wherever it leads.
    assert told(archdsl, "lint", "nets/outer.arch").startswith("0 ")


def test_what_may_not_be_read(archdsl: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_folder() as folder:
        monkeypatch.chdir(folder)
        (folder / "nets").mkdir(mode=0)
        for name, mode in (("net.arch", 0o644), ("closed.arch", 0)):
            (folder / name).write_text(NET)
            (folder / name).chmod(mode)
        with nobody():
            for command in ("lint", "fmt"):
                text = told(archdsl, command, "--no-cache" if command == "lint" else "--check", ".")
                assert text.startswith("2 ")
                assert "nets cannot be read: permission denied" in text
                assert "closed.arch cannot be read: permission denied" in text


@pytest.mark.parametrize("name", ["archdsl.toml", "pyproject.toml"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "loop"])
def test_configurations_that_are_no_files(archdsl: Commands, name: str, kind: str) -> None:
    archdsl.write("net.arch", NET)
    make(archdsl.folder / name, kind)
    text = told(archdsl, "lint", "net.arch")
    assert text.startswith("0 ") if kind == "folder" else f"{name} cannot be read" in text


def test_files_without_an_end(archdsl: Commands) -> None:
    """Of a device, and of a file with a hole of a terabyte, as much is read as may be."""
    with open("huge.arch", "wb") as file:
        file.truncate(2**40)
    archdsl.write("archdsl.toml", "")
    archdsl.write("net.arch", f'from "huge.arch" import Net\n{NET}')
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in ("/dev/zero", "huge.arch", "net.arch"):
        for command in ("check", "lint", "summary"):
            assert f"at most {MOST_SOURCE:_} are read" in told(archdsl, command, path)
    for path in ("/dev/zero", "huge.arch"):
        assert "is no baseline" in told(archdsl, "lint", "archdsl.toml", "--baseline", path)
    os.truncate("archdsl.toml", 2**40)
    assert "has more than 1,048,576 bytes" in told(archdsl, "lint", "net.arch")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 500 * 1024, f"{grown} kB"


@pytest.mark.parametrize("command", ["check", "lint"])
def test_a_pipe_that_is_named_is_read_once(archdsl: Commands, command: str) -> None:
    """As the shell's `<(command)` gives one."""
    os.mkfifo("pipe")
    writer = threading.Thread(target=Path("pipe").write_text, args=(NET.replace("4", "0"),))
    writer.start()
    assert "error E309" in told(archdsl, command, "pipe")
    writer.join()


def test_a_cache_that_is_a_link(archdsl: Commands) -> None:
    """To a folder of the user's own it may lead; one that others can write to is not used."""
    cache = archdsl.folder.parent / "cache"
    (archdsl.folder.parent / "mine").mkdir(mode=0o700)
    (archdsl.folder.parent / "everybody's").mkdir(mode=0o700)
    (archdsl.folder.parent / "everybody's").chmod(0o777)
    archdsl.write("net.arch", NET)
    for name, count in (("mine", 1), ("everybody's", 0)):
        cache.unlink(missing_ok=True)
        cache.symlink_to(name)
        told(archdsl, "lint", "net.arch")
        assert len(os.listdir(archdsl.folder.parent / name)) == count


def test_a_cache_on_a_full_disk(archdsl: Commands) -> None:
    """Nothing is kept, nothing is left, and nobody is told."""
    archdsl.write("net.arch", NET)
    archdsl("lint", "net.arch", "--no-cache")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        text = told(archdsl, "lint", "net.arch")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert text.startswith("0 ")
    assert os.listdir(os.environ["ARCHDSL_CACHE_DIR"]) == []


def test_what_a_killed_run_left_in_the_cache(archdsl: Commands) -> None:
    cache = open_cache()
    assert cache is not None
    folder = Path(os.environ["ARCHDSL_CACHE_DIR"])
    for name, age in ((".old.17", 7_200), (".new.18", 60), ("entry", 7_200)):
        (folder / name).write_text("half")
        os.utime(folder / name, (time.time() - age, time.time() - age))
    cache.sweep()
    assert sorted(os.listdir(folder)) == [".new.18", "entry"]


def test_a_cache_that_is_full(archdsl: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older half goes, whatever else is there."""
    cache = open_cache()
    assert cache is not None
    monkeypatch.setattr("archdsl.lint.cache.MOST_ENTRIES", 4)
    folder = Path(os.environ["ARCHDSL_CACHE_DIR"])
    ages = {".old.17": 7_200, "e": 500, "d": 400, "c": 300, "b": 200, "a": 100}
    for name, age in ages.items():
        (folder / name).write_text("entry")
        os.utime(folder / name, (time.time() - age, time.time() - age))
    cache.sweep()
    assert sorted(os.listdir(folder)) == ["a", "b", "c"]


def test_a_cache_that_goes_away(archdsl: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    """While an entry is written, or before; nobody is told."""
    cache = open_cache()
    assert cache is not None
    folder = Path(os.environ["ARCHDSL_CACHE_DIR"])
    replace = os.replace
    monkeypatch.setattr("os.replace", lambda *paths: (shutil.rmtree(folder), replace(*paths)))
    cache.put("key", (), "found")
    cache.put("key", (), "found")
    cache.put("key", [("text", "none.arch")], "found")
    cache.sweep()
    assert not folder.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_processes_that_lint_end_with_the_one_that_started_them(
    archdsl: Commands, number: signal.Signals
) -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("with one processor, there are none")
    text = "".join(NET.replace("Net", f"Net{index}") for index in range(150))
    for index in range(400):  # so many that it is at work when the signal comes
        archdsl.write(f"net{index}.arch", text)
    started = process(
        *("lint", ".", "--no-cache"),
        cwd=archdsl.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while len(group(started.pid)) < 3 and started.poll() is None:
        time.sleep(0.01)
    assert started.poll() is None
    started.send_signal(number)
    started.communicate(timeout=60)
    assert started.returncode in (-number, 130)
    until = time.monotonic() + 60
    while group(started.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not group(started.pid)


def group(session: int) -> list[int]:
    """The processes of a session that run."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if fields and int(fields[3]) == session and fields[0] != "Z":
            found.append(int(entry))
    return found
