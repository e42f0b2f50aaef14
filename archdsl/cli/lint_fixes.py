"""`archdsl lint --fix` and `--diff`."""

import os
import sys
from collections.abc import Sequence

from archdsl.cli.arguments import CommandError
from archdsl.cli.diffs import for_stdout, print_diff
from archdsl.diagnostics import Diagnostic
from archdsl.lint.importers import Surroundings
from archdsl.linting.fixing import fixed
from archdsl.linting.run import STDIN, Linted, Options, read_stdin, rules_for
from archdsl.outputs import OutputError, write_whole
from archdsl.settings import Configurations
from archdsl.syntax.decode import BOM, read
from archdsl.visible import shown


def mend(
    paths: Sequence[str],
    options: Options,
    configurations: Configurations,
    named: tuple[str, ...],
    show: bool,
) -> tuple[list[Linted], int]:
    """Apply the fixes of each file, or show them as a diff. Returns what is left, and in how many
    files there was something to mend. What comes from standard input goes to standard output.

    Args:
        named: the folders that are linted as a whole.
    """
    linted, changed, around = [], 0, Surroundings(named)
    for path in paths:
        rules = rules_for(path, options, configurations)
        source = read_stdin() if path == STDIN else read(path, path)
        if isinstance(source, str):
            linted.append(Linted(path, problem=f"{shown(path)} cannot be read: {source}"))
            continue
        if isinstance(source, Diagnostic):
            linted.append(Linted(path, (source,)))
            continue
        result = fixed(source.name, source.text, rules, around)
        if result.text != source.text:
            changed += 1
            if show:
                print_diff(source.text, result.text, source.name)
            elif path != STDIN:
                _write(path, result.text)
        if path == STDIN and not show:
            sys.stdout.write(for_stdout(result.text))
        linted.append(Linted(path, () if show else result.left))
        if result.fixes and not show:
            plural = "" if result.fixes == 1 else "es"
            print(f"{shown(source.name)}: {result.fixes} fix{plural}", file=sys.stderr)
    return linted, changed


def _write(path: str, text: str) -> None:
    """Write the file that a path leads to, links followed; a byte order mark is kept."""
    real = os.path.realpath(path)
    try:
        with open(real, "rb") as file:
            mark = BOM if file.read(len(BOM)) == BOM else b""
        write_whole(real, mark + text.encode("utf-8"))
    except OSError as error:
        raise CommandError(f"{shown(path)} cannot be read: {error.strerror or error}") from error
    except OutputError as error:
        raise CommandError(str(error)) from error
