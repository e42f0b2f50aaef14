"""`archdsl fmt`: files, folders, stdin; what is written, said and returned."""

import io
import os
import sys
from importlib import import_module
from pathlib import Path

import pytest

from archdsl import outputs
from archdsl.cli import fmt, paths
from archdsl.source import Source
from archdsl.syntax import parse
from archdsl.syntax.formatting import Formatted, format_source
from archdsl.syntax.printer.proof import FormatterBug
from tests.cli.commands import ROOT, Commands, Result
from tests.golden import check_golden
from tests.test_layering import NEVER_AT_START

# The package has a function of that name.
decode = import_module("archdsl.syntax.decode")

UNTIDY = "arch 1\nlet a=1\n"
TIDY = "arch 1\nlet a = 1\n"
WRONG = "let a = \n"


def content(archdsl: Commands, name: str) -> str:
    return (archdsl.folder / name).read_bytes().decode("utf-8")


@pytest.fixture
def folder(archdsl: Commands) -> Commands:
    """A folder with an untidy file, a tidy one, and one with an error."""
    (archdsl.folder / "nets").mkdir()
    for name, text in (("a", UNTIDY), ("b", TIDY), ("c", WRONG)):
        archdsl.write(f"nets/{name}.arch", text)
    return archdsl


@pytest.mark.parametrize("options", ["", "--check", "--diff", "--check --diff"])
def test_a_folder(folder: Commands, options: str) -> None:
    result = folder("fmt", "nets", *options.split())
    name = options.replace("--", "").replace(" ", "_") or "writes"
    check_golden(f"cli/fmt_{name}.txt", str(result))
    assert content(folder, "nets/a.arch") == (UNTIDY if options else TIDY)
    assert content(folder, "nets/b.arch") == TIDY
    assert content(folder, "nets/c.arch") == WRONG


def test_exit_codes(folder: Commands) -> None:
    assert folder("fmt", "nets/b.arch", "--check").code == 0
    assert folder("fmt", "nets/b.arch", "--diff") == (0, "", "1 file would be left unchanged\n")
    assert folder("fmt", "nets/a.arch", "--check").code == 1
    assert folder("fmt", "nets/a.arch", "--diff").code == 1
    assert folder("fmt", "nets/a.arch").code == 0
    assert folder("fmt", "nets/a.arch", "--check").code == 0
    assert folder("fmt", "nets/c.arch").code == 1
    assert folder("fmt", "nets/c.arch", "none.arch").code == 2


def test_the_other_files_are_formatted_all_the_same(folder: Commands) -> None:
    (folder.folder / "latin.arch").write_bytes(b"# \xe9\n")
    result = folder("fmt", "none.arch", "latin.arch", "nets/c.arch", "nets/a.arch")
    check_golden("cli/fmt_failures.txt", str(result))
    assert result.code == 2
    assert content(folder, "nets/a.arch") == TIDY


def test_files_in_the_style_are_not_touched(folder: Commands) -> None:
    path = folder.folder / "nets" / "b.arch"
    os.utime(path, ns=(0, 0))
    before = path.stat()
    assert folder("fmt", "nets/b.arch") == (0, "1 file left unchanged\n", "")
    assert path.stat().st_mtime_ns == 0
    assert path.stat().st_ino == before.st_ino


def test_links_are_followed_and_modes_kept(folder: Commands) -> None:
    target = folder.folder / "nets" / "a.arch"
    target.chmod(0o640)
    link = folder.folder / "link.arch"
    link.symlink_to("nets/a.arch")
    assert folder("fmt", "link.arch").code == 0
    assert link.is_symlink()
    assert target.read_text() == TIDY
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_written_stays(folder: Commands) -> None:
    def full(path: str, content: bytes) -> None:
        raise outputs.OutputError(f"cannot write {path}: no space is left on the device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outputs, "write_whole", full)
        result = folder("fmt", "nets/a.arch", "nets/b.arch")
    assert result.code == 2
    assert result.out == "1 file left unchanged, 1 file not formatted\n"
    assert result.err.endswith("a.arch: no space is left on the device\n")
    assert content(folder, "nets/a.arch") == UNTIDY


def test_folders_are_walked_in_order(folder: Commands) -> None:
    for path in (
        *("z.arch", "sub/a.arch", "sub/.hidden.arch", "sub/other.txt", "a/deep/b.arch"),
        *(".venv/x.arch", "build/x.arch", "node_modules/x.arch", ".git/x.arch", "sub/build/x.arch"),
    ):
        (folder.folder / "nets" / path).parent.mkdir(parents=True, exist_ok=True)
        folder.write(f"nets/{path}", TIDY)
    found = paths.arch_files(["nets/z.arch", "nets", "./nets/sub/", "nets/sub/other.txt"])
    assert found.files == (
        *("nets/z.arch", "nets/a.arch", "nets/b.arch", "nets/c.arch"),
        *("nets/a/deep/b.arch", "nets/sub/.hidden.arch", "nets/sub/a.arch"),
        "nets/sub/other.txt",
    )
    assert found.complaints == ()
    # A skipped folder that is named is walked.
    assert paths.arch_files(["nets/build"]).files == ("nets/build/x.arch",)


def test_a_folder_without_files_is_a_slip(archdsl: Commands) -> None:
    (archdsl.folder / "empty").mkdir()
    expected = (2, "no files to format\n", "archdsl: empty holds no .arch files\n")
    assert archdsl("fmt", "empty") == expected


def with_stdin(archdsl: Commands, text: bytes, *words: str) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        return archdsl("fmt", "-", *words)


def test_stdin_to_stdout(archdsl: Commands) -> None:
    assert with_stdin(archdsl, UNTIDY.encode()) == (0, TIDY, "")
    assert with_stdin(archdsl, TIDY.encode()) == (0, TIDY, "")
    assert with_stdin(archdsl, UNTIDY.encode(), "--check") == (1, "", "")
    assert with_stdin(archdsl, TIDY.encode(), "--check") == (0, "", "")
    diff = with_stdin(archdsl, UNTIDY.encode(), "--diff")
    assert diff.code == 1
    assert diff.out.startswith("--- <stdin>\n+++ <stdin>\n")
    wrong = with_stdin(archdsl, WRONG.encode())
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong.err.startswith("<stdin>:1:")
    assert archdsl("fmt", "-", "a.arch").code == 2


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_marks_stay(archdsl: Commands, ends: str, mark: bytes) -> None:
    path = archdsl.folder / "a.arch"
    path.write_bytes(mark + UNTIDY.replace("\n", ends).encode())
    assert archdsl("fmt", "a.arch").code == 0
    assert path.read_bytes() == mark + TIDY.replace("\n", ends).encode()
    assert archdsl("fmt", "--check", "a.arch").code == 0


def test_a_diff_shows_what_does_not_show(archdsl: Commands) -> None:
    (archdsl.folder / "b.arch").write_bytes(b"arch 1\r\nlet b = 1\n")
    (archdsl.folder / "c.arch").write_bytes(b"arch 1")
    result = archdsl("fmt", "--diff", "b.arch", "c.arch")
    assert "-let b = 1\n+let b = 1\r\n" in result.out
    assert "-arch 1\n\\ No newline at end of file\n+arch 1\n" in result.out


def test_a_bug_of_ours_leaves_the_file_and_the_others_go_on(folder: Commands) -> None:
    def broken(source: Source) -> Formatted:
        if source.name == "nets/a.arch":
            file, _ = parse(source)
            assert file is not None
            raise FormatterBug("the formatted text has another meaning", file.items[1].span)
        if source.name == "nets/b.arch":
            raise KeyError("b")
        return format_source(source)

    folder.write("nets/d.arch", UNTIDY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fmt, "format_source", broken)
        result = folder("fmt", "nets")
        assert with_stdin(folder, UNTIDY.encode()).code == 0
        patch.setattr(fmt, "format_source", lambda source: {}["surprise"])
        stdin = with_stdin(folder, UNTIDY.encode())
    check_golden("cli/fmt_bug.txt", str(result))
    assert result.code == 70
    assert (stdin.code, stdin.out) == (70, "")
    assert "internal error: KeyError: 'surprise'" in stdin.err
    assert content(folder, "nets/a.arch") == UNTIDY
    assert content(folder, "nets/b.arch") == TIDY
    assert content(folder, "nets/d.arch") == TIDY


def test_a_result_that_would_be_too_large_is_not_written(
    archdsl: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"arch 1\nlet a=[{'1,' * 100}]\n"
    for module in (decode, fmt):
        monkeypatch.setattr(module, "MAX_BYTES", len(text))
    archdsl.write("a.arch", text)
    result = archdsl("fmt", "a.arch")
    assert result.code == 1
    assert "error E404: the file has 519 bytes; at most 216 are read" in result.err
    assert content(archdsl, "a.arch") == text


def test_it_starts_light(archdsl: Commands, tmp_path: Path) -> None:
    """Neither graphs nor ops nor the elaborator."""
    import subprocess

    program = (
        "import sys; from archdsl.cli import main; code = main(sys.argv[1:]); "
        "print(code, *sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "fmt", "--check", "resnet.arch", "vgg.arch"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    code, *modules = done.stderr.split()
    assert code == "0"
    parts = {module.split(".")[1] for module in modules if module.startswith("archdsl.")}
    assert not parts & {"analysis", "driver", "elaborate", "graph", "lint", "linting", "ops"}
    assert not NEVER_AT_START & set(modules)
