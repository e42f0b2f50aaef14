"""`archdsl fmt`: the one canonical style."""

import os
import sys

from archdsl.cli.arguments import Arguments, Command, CommandError, Option, Positional
from archdsl.cli.diffs import for_stdout, print_diff
from archdsl.cli.paths import arch_files
from archdsl.cli.reporting import report
from archdsl.diagnostics import Diagnostic
from archdsl.records import NamedTuple
from archdsl.syntax.decode import BOM, MAX_BYTES, beyond_limits, decode, read_bytes
from archdsl.syntax.formatting import format_source
from archdsl.syntax.printer.proof import FormatterBug
from archdsl.visible import shown

COMMAND = Command(
    "fmt",
    "PATH... [--check] [--diff]",
    "Rewrite files in the one canonical style, which has no options.\n"
    "What is written has been parsed again and compared: it says the same, with the same comments.",
    (Positional("PATH", "files, folders of .arch files, or - for stdin to stdout", most=None),),
    (
        Option(("--check",), "", "write nothing, list what would change; exit code 1 if any"),
        Option(("--diff",), "", "write nothing, show what would change; exit code 1 if any"),
    ),
    "  archdsl fmt net.arch\n  archdsl fmt .\n  archdsl fmt --check --diff specs",
)

_FINE, _CHANGES, _UNREADABLE, _BUG = 0, 1, 2, 70

_REPORT = "The file is left as it was. This is a bug in archdsl: please report it, with the file."


class _Mode(NamedTuple):
    """What becomes of a result."""

    check: bool
    diff: bool

    @property
    def writes(self) -> bool:
        return not (self.check or self.diff)


class _Failed(Exception):
    """A file that is not formatted, as the user has been told.

    Attributes:
        code: the exit code.
        bug: an exception that nobody foresaw; it is raised again when the other files are done.
    """

    def __init__(self, code: int, bug: Exception | None = None) -> None:
        super().__init__()
        self.code = code
        self.bug = bug


def run(arguments: Arguments) -> int:
    mode = _Mode(arguments.has("--check"), arguments.has("--diff"))
    paths = arguments.all("PATH")
    if paths == ["-"]:
        return _format_stdin(mode)
    if "-" in paths:
        raise CommandError("- is stdin, and stands alone")
    found = arch_files(paths)
    for complaint in found.complaints:
        print(f"archdsl: {complaint}", file=sys.stderr)
    code = _UNREADABLE if found.complaints else _FINE
    bug: Exception | None = None
    changed = unchanged = failed = 0
    for path in found.files:
        try:
            if _format_file(path, mode):
                changed += 1
                code = max(code, _FINE if mode.writes else _CHANGES)
            else:
                unchanged += 1
        except _Failed as failure:
            failed += 1
            code = max(code, failure.code)
            bug = bug or failure.bug
    # A diff is for other programs to read.
    print(_summary(changed, unchanged, failed, mode), file=sys.stderr if mode.diff else sys.stdout)
    if bug is not None:
        raise bug
    return code


def _format_file(path: str, mode: _Mode) -> bool:
    """Format a file in place, or show what would change; returns whether anything does.

    Raises:
        _Failed: the file cannot be formatted, read or written.
    """
    data = read_bytes(path)
    if isinstance(data, str):
        print(f"archdsl: {shown(path)} cannot be read: {data}", file=sys.stderr)
        raise _Failed(_UNREADABLE)
    result = _formatted(data, path)
    if result == data:
        return False
    if mode.writes:
        _write(path, result)
        print(f"reformatted {shown(path)}")
    if mode.check:
        print(f"would reformat {shown(path)}", file=sys.stderr if mode.diff else sys.stdout)
    if mode.diff:
        print_diff(data.decode("utf-8"), result.decode("utf-8"), path)
    return True


def _write(path: str, content: bytes) -> None:
    from archdsl.outputs import OutputError, write_whole  # a check has no need of it

    try:
        # Behind a link, it is the file that has a style.
        write_whole(os.path.realpath(path), content)
    except OutputError as error:
        print(f"archdsl: {error}", file=sys.stderr)
        raise _Failed(_UNREADABLE) from error


def _format_stdin(mode: _Mode) -> int:
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        result = _formatted(data, "<stdin>")
    except _Failed as failure:
        if failure.bug is not None:
            raise failure.bug from None
        return failure.code
    if mode.diff:
        print_diff(data.decode("utf-8"), result.decode("utf-8"), "<stdin>")
    if mode.writes:
        sys.stdout.flush()
        sys.stdout.buffer.write(for_stdout(result.decode("utf-8")).encode("utf-8"))
        return _FINE
    return _FINE if result == data else _CHANGES


def _formatted(data: bytes, name: str) -> bytes:
    """The bytes of a file in the canonical style; a byte order mark stays.

    Raises:
        _Failed: it has errors, or we have a bug.
    """
    source = decode(data, name)
    if isinstance(source, Diagnostic):
        report([source], name)
        raise _Failed(_CHANGES)
    try:
        text, diagnostics = format_source(source)
    except FormatterBug as bug:
        print(f"archdsl: {bug.span}: internal error: {bug}\n{_REPORT}", file=sys.stderr)
        raise _Failed(_BUG) from bug
    except Exception as error:
        print(
            f"archdsl: {shown(name)}: internal error; the file is left as it was", file=sys.stderr
        )
        raise _Failed(_BUG, error) from error
    if text is None:
        report(diagnostics, name)
        raise _Failed(_CHANGES)
    result = (BOM if data.startswith(BOM) else b"") + text.encode("utf-8")
    too_large = beyond_limits(result, name)
    if too_large is not None:
        report([too_large], name)
        raise _Failed(_CHANGES)
    return result


def _summary(changed: int, unchanged: int, failed: int, mode: _Mode) -> str:
    """``1 file reformatted, 12 files left unchanged``."""
    would = "" if mode.writes else "would be "
    parts = [
        (changed, f"{would}reformatted"),
        (unchanged, f"{would}left unchanged"),
        (failed, "not formatted"),
    ]
    shown = [f"{count} file{'' if count == 1 else 's'} {what}" for count, what in parts if count]
    return ", ".join(shown) or "no files to format"
