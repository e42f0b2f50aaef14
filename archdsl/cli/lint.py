"""`archdsl lint`: find pitfalls of network design."""

import sys

from archdsl import driver
from archdsl.cli.arguments import Arguments, Command, CommandError, Option, Positional, nearest_of
from archdsl.cli.reporting import report
from archdsl.lint.catalogue import RULES, Rule, names_rule, selected

COMMAND = Command(
    "lint",
    "PATH... [--select RULES] [--ignore RULES] [--level LEVEL]",
    "Find errors and pitfalls of network design, with numbers, and say what to write instead.\n"
    "RULES are codes (P108), prefixes (P) or names (bias-before-norm), with commas between them.\n"
    "Errors and warnings make the exit code 1, notes do not.",
    (Positional("PATH", "files", most=None),),
    (
        Option(("--select",), "RULES", "run these rules alone", repeated=True),
        Option(("--ignore",), "RULES", "do not run these rules", repeated=True),
        Option(
            ("--level",),
            "LEVEL",
            "the least that is reported: note (the default), warning or error",
            ("note", "warning", "error"),
        ),
    ),
    "  archdsl lint net.arch\n  archdsl lint specs/*.arch --select P,D205\n  archdsl explain P108",
)

_LEVELS = ("note", "warning", "error")


def run(arguments: Arguments) -> int:
    rules = _rules(arguments)
    least = _LEVELS.index(arguments.one("--level") or "note")
    code = 0
    for path in arguments.all("PATH"):
        try:
            found = driver.lint(path, rules)
        except driver.UsageError as error:
            # The other files are linted all the same.
            print(f"archdsl: {error}", file=sys.stderr)
            code = 2
            continue
        shown = [one for one in found if _LEVELS.index(one.severity) >= least]
        report(shown, path)
        if any(one.severity != "note" for one in shown):
            code = max(code, 1)
    return code


def _rules(arguments: Arguments) -> list[Rule]:
    select, ignore = (_selectors(arguments, option) for option in ("--select", "--ignore"))
    return selected(select, ignore)


def _selectors(arguments: Arguments, option: str) -> list[str]:
    """The codes, prefixes and names of an option.

    Raises:
        CommandError: one names no rule.
    """
    found = [one.strip() for text in arguments.all(option) for one in text.split(",")]
    for selector in found:
        if not any(names_rule(selector, code) for code in RULES):
            known = [*RULES, *(rule.name for rule in RULES.values())]
            raise CommandError(
                f"{option}: there is no rule {selector}{nearest_of(selector, known)}"
            )
    return found
