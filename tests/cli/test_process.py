"""What only a process of its own shows: signals, pipes, full disks, our own bugs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.commands import environment, process
from tests.cli.nets import TINY


def run(*words: str, cwd: Path) -> tuple[int, str, str]:
    started = process(*words, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = started.communicate(timeout=60)
    return started.returncode, out, err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tiny.arch").write_text(TINY)
    return tmp_path


def after(first: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line after some statements."""
    program = f"import sys\n{first}\nfrom archdsl.cli import main\nsys.exit(main(sys.argv[1:]))\n"
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment(),
    )


def with_bug(folder: Path, body: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line where `driver.check` does something else."""
    first = f"from archdsl import driver\ndef check(*args):\n    {body}\ndriver.check = check"
    return after(first, folder, *words)


def test_a_bug_of_ours(folder: Path) -> None:
    done = with_bug(folder, "raise KeyError('surprise')", "check", "tiny.arch")
    assert done.returncode == 70
    assert "internal error: KeyError: 'surprise'" in done.stderr
    assert "report" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bug_of_ours_with_debug(folder: Path) -> None:
    done = with_bug(folder, "raise KeyError('surprise')", "check", "tiny.arch", "--debug")
    assert done.returncode == 70
    assert "Traceback" in done.stderr
    assert "KeyError: 'surprise'" in done.stderr


@pytest.mark.parametrize(
    ("words", "package", "said"),
    [
        ("init tiny.arch -o other.safetensors", "numpy", "weights need numpy"),
        ("compile tiny.arch --to onnx", "onnx", "ONNX models need onnx"),
        ("verify tiny.arch", "onnx", "ONNX models need onnx"),
    ],
)
def test_a_package_that_is_not_installed(folder: Path, words: str, package: str, said: str) -> None:
    done = after(f"sys.modules[{package!r}] = None", folder, *words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"archdsl: {said}: pip install 'archdsl[onnx]'\n"


def test_interrupt(folder: Path) -> None:
    done = with_bug(folder, "raise KeyboardInterrupt", "check", "tiny.arch")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_reader_that_stops_early(folder: Path) -> None:
    started = process(
        "zoo", "efficientnet", cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert started.stdout is not None and started.stderr is not None
    started.stdout.close()
    assert started.stderr.read() == ""
    started.stderr.close()
    assert started.wait(timeout=60) == 141


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_stdout_on_a_full_disk(folder: Path) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        started = process("summary", "tiny.arch", cwd=folder, stdout=full, stderr=subprocess.PIPE)
        _, err = started.communicate(timeout=60)
    assert started.returncode == 2
    assert err == "archdsl: the output could not be written: No space left on device\n"


def test_results_and_diagnostics_go_to_their_streams(folder: Path) -> None:
    (folder / "bad.arch").write_text("network Bad {\n  input x: image[3, 8, 8]\n  relu(3)\n}\n")
    code, out, err = run("check", "bad.arch", cwd=folder)
    assert (code, out) == (1, "")
    assert "bad.arch:3:" in err
    assert err.endswith("1 error in bad.arch\n")
    assert "\x1b" not in err


def test_emitted_file_is_never_torn(folder: Path) -> None:
    """Kill the compiler again and again: the file is the old one or the new one."""
    target = folder / "build" / "tiny.py"
    assert run("compile", "tiny.arch", cwd=folder)[0] == 0
    whole = target.read_bytes()
    for number in range(6):
        started = process(
            "compile", "tiny.arch", cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(0.05 + 0.05 * number)
        started.send_signal(signal.SIGKILL)
        started.wait()
        assert target.read_bytes() == whole
    assert run("compile", "tiny.arch", cwd=folder)[0] == 0
    assert [entry.name for entry in target.parent.iterdir()] == ["tiny.py"]
