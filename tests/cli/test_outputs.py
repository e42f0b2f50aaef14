"""Files appear whole or not at all."""

import errno
import multiprocessing
import os
import stat
import time
from pathlib import Path

import pytest

from archdsl import outputs
from archdsl.outputs import OutputError, write_whole
from tests.cli.commands import Commands
from tests.cli.nets import TINY


def test_writes_a_new_file_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "net.py"
    write_whole(str(path), b"text")
    assert path.read_bytes() == b"text"
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_whole(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_relative_name_without_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_whole("net.py", b"text")
    assert (tmp_path / "net.py").read_bytes() == b"text"


def test_refuses_a_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="it is a folder"):
        write_whole(str(tmp_path), b"")


def test_refuses_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "real.py").write_bytes(b"old")
    (tmp_path / "link.py").symlink_to("real.py")
    with pytest.raises(OutputError, match="symbolic link"):
        write_whole(str(tmp_path / "link.py"), b"new")
    assert (tmp_path / "real.py").read_bytes() == b"old"


def test_refuses_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="not an ordinary file"):
        write_whole(str(tmp_path / "pipe"), b"")


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "build").write_bytes(b"")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        write_whole(str(tmp_path / "build" / "net.py"), b"")


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.py"
    path.write_bytes(b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs.os, "fsync", full)
    with pytest.raises(OutputError, match=r"net\.py: no space is left on the device"):
        write_whole(str(path), b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["net.py"]


def test_an_interrupt_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.py"
    path.write_bytes(b"old")

    def interrupted(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(outputs.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(str(path), b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["net.py"]


def test_sweeps_up_after_killed_runs_only(tmp_path: Path) -> None:
    dead = multiprocessing.Process(target=int)
    dead.start()
    dead.join()
    (tmp_path / f".net.py.{dead.pid}.archdsl-tmp").write_bytes(b"half")
    alive = tmp_path / f".net.py.{os.getppid()}.archdsl-tmp"
    alive.write_bytes(b"half")
    write_whole(str(tmp_path / "net.py"), b"text")
    assert sorted(os.listdir(tmp_path)) == sorted([alive.name, "net.py"])


def _write_for_ever(path: str) -> None:
    letters = [bytes([letter]) * 300_000 for letter in b"ab"]
    while True:
        for content in letters:
            write_whole(path, content)


def test_a_killed_writer_tears_nothing(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    for number in range(10):
        writer = multiprocessing.Process(target=_write_for_ever, args=(str(path),))
        writer.start()
        while not path.exists():
            time.sleep(0.005)
        time.sleep(0.01 * (number % 4))
        writer.kill()
        writer.join()
        content = path.read_bytes()
        assert len(content) == 300_000 and len(set(content)) == 1


@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.EACCES, "permission denied"), (errno.EROFS, "the file system is read-only")],
)
def test_a_folder_that_cannot_be_written(
    archdsl: Commands, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    """The error is made up: a superuser, who may run these tests, may write anywhere."""
    spec = archdsl.write("tiny.arch", TINY)

    def refused(path: str, flags: int, mode: int = 0o777) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(outputs.os, "open", refused)
    result = archdsl("compile", spec)
    assert result == (2, "", f"archdsl: cannot write build/tiny.py: {reason}\n")
    assert os.listdir("build") == []


def test_output_problems_are_told(archdsl: Commands) -> None:
    spec = archdsl.write("tiny.arch", TINY)
    (archdsl.folder / "build" / "tiny.py").mkdir(parents=True)
    result = archdsl("compile", spec)
    assert result == (2, "", "archdsl: cannot write build/tiny.py: it is a folder\n")
