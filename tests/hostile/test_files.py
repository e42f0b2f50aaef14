"""What is written appears whole or not at all, whatever stands in its way."""

import itertools
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from archdsl import outputs
from tests.cli.commands import ROOT, Commands
from tests.full_disk import files_up_to
from tests.hostile.nobody import nobody, open_folder
from tests.hostile.telling import check_told
from tests.hostile.writing import MENDABLE, WRITTEN, Written, prepare

written_files = pytest.mark.parametrize(
    "written", WRITTEN, ids=lambda one: "-".join((*one.words[:1], one.name, one.words[-1]))
)
OLD = "what was there before"


def state(folder: Path) -> dict[str, bytes | str]:
    """What is in a folder."""
    return {
        entry.name: os.readlink(entry)
        if entry.is_symlink()
        else entry.read_bytes()
        if entry.is_file()
        else "no file"
        for entry in folder.iterdir()
    }


def refused(archdsl: Commands, written: Written, reason: str) -> None:
    """The command ends with a reason, and what there is stays as it is."""
    before = state(archdsl.folder / "out") if (archdsl.folder / "out").is_dir() else None
    result = archdsl(*written.words)
    check_told(result)
    assert result.code == 2 and reason in result.err, result
    assert before is None or state(archdsl.folder / "out") == before


@written_files
def test_files_are_written(archdsl: Commands, written: Written) -> None:
    path = prepare(archdsl.folder, written)
    before = state(archdsl.folder / "out")
    result = archdsl(*written.words)
    check_told(result)
    assert result.code == 0, result
    after = state(archdsl.folder / "out")
    assert after[written.name] != before.get(written.name)
    assert len(after) == 1 + ("--external-data" in written.words)
    assert path.stat().st_mode == (archdsl.folder / "net.arch").stat().st_mode


@written_files
def test_a_folder_in_the_place(archdsl: Commands, written: Written) -> None:
    path = prepare(archdsl.folder, written)
    path.unlink(missing_ok=True)
    path.mkdir()
    if written.name == "lenet.arch":
        assert archdsl(*written.words).code == 0  # a copy in the folder
        assert (path / "lenet.arch").is_file()
    elif written.before is None:
        refused(archdsl, written, f"cannot write out/{written.name}: it is a folder")
    else:
        # A folder of sources, and an empty one.
        result = archdsl(*written.words)
        check_told(result)
        assert not list(path.iterdir())


@written_files
def test_a_link_in_the_place(archdsl: Commands, written: Written) -> None:
    path = prepare(archdsl.folder, written)
    real = archdsl.folder / "real"
    real.write_text(OLD if written.before is None else written.before)
    path.unlink(missing_ok=True)
    path.symlink_to(real)
    if written.links:
        assert archdsl(*written.words).code == 0
        assert real.read_text() != written.before and path.is_symlink()
        return
    reason = "exists already" if written.name == "lenet.arch" else "it is a symbolic link"
    refused(archdsl, written, reason)
    assert real.read_text() == OLD


@pytest.mark.parametrize("device", ["/dev/full", "/dev/stdout", "pipe"])
@written_files
def test_a_device_in_the_place(archdsl: Commands, written: Written, device: str) -> None:
    path = prepare(archdsl.folder, written)
    path.unlink(missing_ok=True)
    if device == "pipe":
        os.mkfifo(path)
        if written.before is not None:
            return  # who names a pipe as a source, waits for what comes through it
    else:
        path.symlink_to(device)
    if written.before is not None:
        result = archdsl(*written.words)
        check_told(result)
    elif written.name == "lenet.arch":
        refused(archdsl, written, "exists already")
    else:
        refused(archdsl, written, "file" if device == "pipe" else "it is a symbolic link")


@written_files
def test_a_file_where_the_folder_should_be(archdsl: Commands, written: Written) -> None:
    path = prepare(archdsl.folder, written)
    path.unlink(missing_ok=True)
    path.parent.rmdir()
    path.parent.write_text(OLD)
    reason = "cannot be read" if written.before is not None else "a part of the path is a file"
    refused(archdsl, written, reason)
    assert path.parent.read_text() == OLD


def test_a_default_folder_that_leads_elsewhere(archdsl: Commands) -> None:
    prepare(archdsl.folder, WRITTEN[0])
    (archdsl.folder / "build").symlink_to("out")
    refused(archdsl, WRITTEN[0]._replace(words=("compile", "net.arch")), "-o build")
    assert archdsl("compile", "net.arch", "-o", "build").code == 0
    assert (archdsl.folder / "out" / "net.py").is_file()


def test_names_of_temporary_files_that_are_taken(
    archdsl: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By links, which are not followed, and not removed either."""
    prepare(archdsl.folder, WRITTEN[0])
    monkeypatch.setattr(outputs, "_NUMBERS", itertools.count())
    for number in range(3):
        taken = archdsl.folder / f"out/.net.py.{os.getpid()}-{number}.archdsl-tmp"
        taken.symlink_to("../net.arch")
    source = (archdsl.folder / "net.arch").read_bytes()
    assert archdsl(*WRITTEN[0].words).code == 0
    assert (archdsl.folder / "net.arch").read_bytes() == source
    assert len(os.listdir("out")) == 4


# --- No room --------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "old"])
@written_files
def test_a_limit_on_files(archdsl: Commands, written: Written, is_new: bool) -> None:
    path = prepare(archdsl.folder, written)
    if not is_new and written.name != "lenet.arch" and written.before is None:
        path.write_text(OLD)
    with files_up_to(30):
        refused(archdsl, written, "it is larger than a file may be here")


FULL = """
import os, sys
from archdsl.cli import main
folder, words = sys.argv[1], sys.argv[2:]
os.chdir(folder)
with open("out/ballast", "wb", buffering=0) as file:
    try:
        while True:
            file.write(bytes(1024))
    except OSError:
        pass
before = sorted(os.listdir("out"))
code = main(words)
assert sorted(os.listdir("out")) == before, os.listdir("out")
sys.exit(code)
"""


@pytest.mark.parametrize("written", WRITTEN[:3], ids=["pytorch", "onnx", "external-data"])
def test_a_full_disk(archdsl: Commands, written: Written) -> None:
    """A real one, of 64 kB, with an old file on it."""
    prepare(archdsl.folder, written)
    script = (
        "mount -t tmpfs -o size=64k tmpfs out || exit 99; "
        f'echo old > out/{written.name}; "$@"; code=$?; '
        f"grep -qx old out/{written.name} || exit 98; exit $code"
    )
    command = ["unshare", "-rm", "sh", "-c", script, "sh", sys.executable, "-c", FULL]
    try:
        done = subprocess.run(
            [*command, str(archdsl.folder), *written.words],
            check=False,
            capture_output=True,
            text=True,
            cwd=archdsl.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    except FileNotFoundError:
        pytest.skip("needs unshare")
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip(f"no file system can be mounted here: {done.stderr}")
    assert done.returncode == 2, done
    assert done.stderr.startswith(f"archdsl: cannot write out/{written.name}"), done.stderr
    assert done.stderr.endswith(": no space is left on the device\n"), done.stderr


@written_files
def test_a_folder_that_may_not_be_written(
    archdsl: Commands, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_folder() as folder:
        prepare(folder, written)
        (folder / "out").chmod(0o555)
        monkeypatch.chdir(folder)
        monkeypatch.setattr(archdsl, "folder", folder)
        with nobody():
            refused(archdsl, written, ": permission denied")
        (folder / "out").chmod(0o755)


# --- What is printed ------------------------------------------------------------------------------

PRINTING = (
    ("check", "net.arch"),
    ("summary", "net.arch"),
    ("summary", "net.arch", "--format", "json"),
    ("explain", "E301"),
    ("explain", "net.arch", "conv1"),
    ("lint", "net.arch", "--select", "P108"),
    ("lint", "net.arch", "--format", "sarif"),
    ("lint", "out/mend.arch", "--diff"),
    ("fmt", "--check", "net.arch"),
    ("fmt", "--diff", "out/mend.arch"),
    ("zoo",),
    ("zoo", "resnet"),
    ("compile", "net.arch", "-o", "out"),
    ("init", "net.arch", "-o", "out/w.safetensors"),
    ("--help",),
    ("lint", "--help"),
)


@pytest.fixture
def printing(archdsl: Commands) -> Commands:
    prepare(archdsl.folder, WRITTEN[-2])
    (archdsl.folder / "out" / "mend.arch").write_text(MENDABLE.replace("conv(4,", "conv( 4,"))
    return archdsl


@pytest.mark.parametrize("words", PRINTING, ids=" ".join)
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_standard_output_is_full(
    printing: Commands, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stdout", full)
        result = printing(*words)
        monkeypatch.undo()
    reason = "archdsl: the output could not be written: No space left on device\n"
    assert result.code == 2 and result.err.endswith(reason), result


@pytest.mark.parametrize("words", PRINTING, ids=" ".join)
def test_nobody_reads_on(
    printing: Commands, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        result = printing(*words)
        monkeypatch.undo()
    assert result.code == 141 and "output" not in result.err, result


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("check", "none.arch"), 2),
        (("wrong",), 2),
        (("check", "bad.arch"), 2),  # what is wrong with it could not be told
        (("check", "net.arch"), 0),
    ],
)
def test_nobody_can_be_told(
    printing: Commands, words: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    printing.write("bad.arch", "network")
    full = open("/dev/full", "w", encoding="utf-8", buffering=1)  # noqa: SIM115
    monkeypatch.setattr("sys.stderr", full)
    found = printing(*words).code
    monkeypatch.undo()
    with suppress(OSError):
        full.close()
    assert found == code


@pytest.mark.parametrize(
    ("closed", "words", "code", "told"),
    [
        (">&-", "summary net.arch", 2, "archdsl: the output could not be written"),
        (">&- <&-", "compile net.arch -o out", 2, "archdsl: the output could not be written"),
        ("2>&-", "check none.arch", 2, ""),
        ("2>&- >&- <&-", "check none.arch", 2, ""),
        ("<&-", "fmt -", 0, ""),
        ("2>&-", "check net.arch", 0, "net.arch: 1 network, no errors\n"),
    ],
)
def test_streams_that_are_closed(
    printing: Commands, closed: str, words: str, code: int, told: str
) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", sys.executable, "-m", "archdsl", *words.split()],
        check=False,
        capture_output=True,
        text=True,
        cwd=printing.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == code, done
    assert (done.stdout + done.stderr).startswith(told) and "Traceback" not in done.stderr
    if "compile" in words:
        # Its place at stdout was not taken by the file.
        assert (printing.folder / "out" / "net.py").read_text().startswith('"""')
