"""`archdsl lint`: find pitfalls of network design.

What the cache answers loads next to nothing: the rest of the program is imported where there is
something to lint or to show.
"""

import os
import sys

from archdsl.cli.arguments import Arguments, Command, CommandError, Option, Positional
from archdsl.lint.cache import open_cache
from archdsl.linting.files import source_files
from archdsl.linting.run import Linted, Options, lint_files
from archdsl.settings import LEVELS, Configurations, SettingsError, near_rule
from archdsl.visible import visible

# What `typing` would say, without the time that it takes to load.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from archdsl.diagnostics import Diagnostic

FORMATS = ("text", "json", "sarif", "github", "junit")

COMMAND = Command(
    "lint",
    "PATH... [--select RULES] [--ignore RULES] [--fix | --diff] [--format FORMAT]",
    "Find errors and pitfalls of network design, with numbers, and say what to write instead.\n"
    "Folders are walked for .arch files; - reads standard input. RULES are codes (P108), prefixes\n"
    "(P) or names (bias-before-norm), with commas between them. Errors and warnings make the exit\n"
    "code 1, notes do not. What options say, [tool.archdsl.lint] in pyproject.toml or [lint] in\n"
    "archdsl.toml can say as well.",
    (Positional("PATH", "files and folders", most=None),),
    (
        Option(("--select",), "RULES", "run these rules alone", repeated=True),
        Option(("--ignore",), "RULES", "do not run these rules", repeated=True),
        Option(
            ("--level",), "LEVEL", "the least to report: note (the default), warning, error", LEVELS
        ),
        Option(("--exclude",), "PATTERN", "leave these out of folders", repeated=True),
        Option(("--format",), "FORMAT", f"{', '.join(FORMATS)} (default: text)", FORMATS),
        Option(("--fix",), "", "mend what can be mended, in the files"),
        Option(("--diff",), "", "show what --fix would change, and change nothing"),
        Option(("--baseline",), "FILE", "let pass what this file knows"),
        Option(("--write-baseline",), "FILE", "write what is found to this file"),
        Option(("--statistics",), "", "print how often each rule has findings, and no findings"),
        Option(("--no-cache",), "", "lint files anew that have not changed"),
    ),
    "  archdsl lint .\n"
    "  archdsl lint net.arch --select P,D205 --fix\n"
    "  archdsl lint . --format sarif > lint.sarif\n"
    "  archdsl explain P108",
)


def run(arguments: Arguments) -> int:
    configurations = Configurations()
    try:
        return _run(arguments, configurations)
    except SettingsError as error:
        raise CommandError(str(error)) from error


def _run(arguments: Arguments, configurations: Configurations) -> int:
    options = Options(_selectors(arguments, "--select"), _selectors(arguments, "--ignore"))
    exclude = tuple(arguments.all("--exclude"))
    problems: list[str] = []
    paths = list(source_files(arguments.all("PATH"), configurations, problems.append, exclude))
    named = tuple(filter(os.path.isdir, arguments.all("PATH")))
    if arguments.has("--fix") or arguments.has("--diff"):
        from archdsl.cli.lint_fixes import mend

        linted, changed = mend(paths, options, configurations, named, arguments.has("--diff"))
    else:
        cache = None if arguments.has("--no-cache") else open_cache(named)
        linted, changed = list(lint_files(paths, options, configurations, cache, named)), 0
    read = [one for one in linted if one.problem is None]
    problems += [one.problem for one in linted if one.problem is not None]
    for problem in problems:
        print(f"archdsl: {problem}", file=sys.stderr)
    code = _show(arguments, read, len(read), configurations)
    if problems:
        return 2
    return 1 if changed and arguments.has("--diff") else code


def _show(
    arguments: Arguments, linted: "Sequence[Linted]", count: int, configurations: Configurations
) -> int:
    """Print what was found; returns the exit code that it makes."""
    form = arguments.one("--format") or "text"
    if not any(one.found for one in linted) and form == "text" and not _baseline(arguments):
        if not arguments.has("--diff"):
            print(f"{count} file{'' if count == 1 else 's'}, no findings")
        return 0
    from archdsl.cli.lint_output import shown

    found: list[Diagnostic] = []
    for one in linted:
        level = arguments.one("--level") or configurations.level(one.path)
        least = LEVELS.index(level)
        found += (each for each in one.found if LEVELS.index(each.severity) >= least)
    return shown(arguments, found, count, form)


def _baseline(arguments: Arguments) -> bool:
    return arguments.has("--baseline") or arguments.has("--write-baseline")


def _selectors(arguments: Arguments, option: str) -> tuple[str, ...] | None:
    """The codes, prefixes and names of an option; None where it is not given.

    Raises:
        CommandError: one names no rule.
    """
    if not arguments.has(option):
        return None
    from archdsl.lint.catalogue import RULES, names_rule

    found = [one.strip() for text in arguments.all(option) for one in text.split(",")]
    for selector in found:
        if not any(names_rule(selector, code) for code in RULES):
            raise CommandError(
                f"{option}: there is no rule {visible(selector)}{near_rule(selector)}"
            )
    return tuple(found)
