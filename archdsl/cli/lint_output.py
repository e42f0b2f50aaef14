"""How findings are shown, and which of them count."""

import sys
from collections import Counter
from collections.abc import Sequence

from archdsl import visible
from archdsl.cli.arguments import Arguments, CommandError
from archdsl.cli.reporting import is_colourful, tally
from archdsl.diagnostics import Diagnostic, in_order, render
from archdsl.lint.catalogue import RULES
from archdsl.linting import baseline
from archdsl.outputs import OutputError, write_whole


def shown(arguments: Arguments, found: Sequence[Diagnostic], files: int, form: str) -> int:
    """Print findings in a format; returns the exit code that they make."""
    # A place in a file that several others import is found with each of them.
    found = in_order(found)
    target = arguments.one("--write-baseline")
    if target is not None:
        return _write_baseline(target, found)
    known = arguments.one("--baseline")
    if known is not None:
        try:
            found = baseline.new(found, baseline.read(known))
        except baseline.BaselineError as error:
            raise CommandError(str(error)) from error
    if arguments.has("--statistics"):
        print(_statistics(found), end="")
    elif form == "text":
        print(_text(found, files))
    else:
        from archdsl.linting.formats import formatted

        print(formatted(form, found), end="")
    return 1 if any(one.severity != "note" for one in found) else 0


def _text(found: Sequence[Diagnostic], files: int) -> str:
    colour = is_colourful(sys.stdout)
    parts = [f"{render(one, colour)}\n" for one in found]
    many = f"{files} file{'' if files == 1 else 's'}"
    last = f"{tally(found)} in {many}" if found else f"{many}, no findings"
    mendable = sum(one.fix is not None for one in found)
    if mendable:
        last += f"; --fix mends {mendable}"
    return "\n".join([*parts, last])


def _statistics(found: Sequence[Diagnostic]) -> str:
    """A line for each code: how often, its name, and of how many `--fix` rids the files."""
    counts = Counter(one.code for one in found)
    mendable = Counter(one.code for one in found if one.fix is not None)
    lines = []
    for code, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        mends = f"  --fix mends {mendable[code]}" if mendable[code] else ""
        lines.append(f"{count:>6}  {code}  {name_of(code)}{mends}\n")
    return "".join(lines)


def name_of(code: str) -> str:
    """The name of a rule or of an error."""
    if code in RULES:
        return RULES[code].name
    from archdsl.codes import CODES

    return CODES[code]


def _write_baseline(path: str, found: Sequence[Diagnostic]) -> int:
    try:
        write_whole(path, baseline.text(found).encode("utf-8"))
    except OutputError as error:
        raise CommandError(str(error)) from error
    errors = [one for one in found if one.severity == "error"]
    print(f"{visible.shown(path)}  {len(found) - len(errors)} findings")
    for one in errors:
        # An error is never known: what cannot be compiled is not clean.
        print(f"\n{render(one, is_colourful(sys.stderr))}", file=sys.stderr)
    return 1 if errors else 0
