"""Files appear whole or not at all."""

import errno
import multiprocessing
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archdsl import outputs
from archdsl.outputs import Files, OutputError, write_parts, write_whole
from tests.cli.commands import Commands
from tests.cli.nets import TINY
from tests.full_disk import files_up_to


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


def test_a_limit_in_the_middle_of_a_part(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(b"old")
    with (
        files_up_to(100_000),
        pytest.raises(OutputError, match=r"net\.onnx: it is larger than a file may be here"),
    ):
        write_parts(str(path), (bytes(30_000) for _ in range(5)))
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["net.onnx"]


@pytest.mark.parametrize(
    "command", ["compile tiny.arch --to onnx -o .", "init tiny.arch -o tiny.safetensors"]
)
def test_commands_tell_of_a_limit(archdsl: Commands, command: str) -> None:
    archdsl.write("tiny.arch", TINY)
    name = "tiny.onnx" if "compile" in command else "tiny.safetensors"
    archdsl.write(name, "old")
    with files_up_to(100_000):
        result = archdsl(*command.split())
    reason = "it is larger than a file may be here"
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("archdsl: cannot write ") and result.err.endswith(f"{reason}\n")
    assert (archdsl.folder / name).read_text() == "old"
    assert not [entry for entry in os.listdir() if entry.endswith("archdsl-tmp")]


def test_parts_come_together(tmp_path: Path) -> None:
    path = str(tmp_path / "net.onnx")
    parts = (bytes([number]) * number for number in range(200))
    assert write_parts(path, parts) == 199 * 100
    written = (tmp_path / "net.onnx").read_bytes()
    assert written == b"".join(bytes([number]) * number for number in range(200))


def test_a_system_that_writes_little_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(outputs.os, "write", lambda handle, data: write(handle, data[:7]))
    content = bytes(range(250))
    assert write_parts(str(tmp_path / "net.onnx"), (content, memoryview(content))) == 500
    assert (tmp_path / "net.onnx").read_bytes() == 2 * content


def test_a_part_that_cannot_be_made_is_no_problem_of_the_output(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(b"old")

    def parts() -> Iterator[bytes]:
        yield b"begun"
        raise OSError(errno.EIO, "the weights cannot be read")

    with pytest.raises(OSError, match="the weights cannot be read"):
        write_parts(str(path), parts())
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["net.onnx"]


def test_files_appear_together(tmp_path: Path) -> None:
    with Files() as files:
        files.write(str(tmp_path / "a" / "one"), (b"1",))
        two = files.write(str(tmp_path / "two"), (b"22",), lambda: "three")
        assert not (tmp_path / "a" / "one").exists() and not (tmp_path / "three").exists()
    assert (two.path, two.size) == (str(tmp_path / "three"), 2)
    assert (tmp_path / "a" / "one").read_bytes() == b"1"
    assert sorted(os.listdir(tmp_path)) == ["a", "three"]


def test_files_of_a_block_that_fails_do_not_appear(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="it is a folder"), Files() as files:
        files.write(str(tmp_path / "one"), (b"1",))
        files.write(str(tmp_path), (b"2",))
    assert os.listdir(tmp_path) == []


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
    path = str(tmp_path / "net.py")
    dead, other = (tmp_path / f".{name}.17-0.archdsl-tmp" for name in ("net.py", "net.pyi"))
    with Files() as alive:
        writing = alive.write(path, (b"alive",)).temporary
        dead.write_bytes(b"half")
        other.write_bytes(b"half")
        write_whole(path, b"text")
        assert (tmp_path / "net.py").read_bytes() == b"text"
        found = [tmp_path / name for name in os.listdir(tmp_path)]
        assert sorted(found) == sorted([tmp_path / "net.py", Path(writing), other])
    assert (tmp_path / "net.py").read_bytes() == b"alive"


def test_a_name_as_long_as_a_name_may_be(tmp_path: Path) -> None:
    names = ["a" * 252 + ".py", "\u00e9" * 126 + ".py"]
    for name in names:
        write_whole(str(tmp_path / name), b"text")
    assert sorted(os.listdir(tmp_path)) == sorted(names)


def test_a_temporary_file_that_another_process_takes_for_a_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is removed between being made and being locked: another one is made."""
    lock = outputs._lock
    taken: list[str] = []

    def late(handle: int) -> bool | None:
        if not taken:
            taken.extend(os.listdir(tmp_path))
            os.unlink(tmp_path / taken[0])
        return lock(handle)

    monkeypatch.setattr(outputs, "_lock", late)
    write_whole(str(tmp_path / "net.py"), b"text")
    assert os.listdir(tmp_path) == ["net.py"] and len(taken) == 1


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
