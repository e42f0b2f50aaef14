"""`archdsl check`: find errors; writes nothing."""

import sys

from archdsl.cli.arguments import SPEC, VALUES, Arguments, Command, CommandError
from archdsl.cli.specs import Outcome, checked
from archdsl.visible import shown

COMMAND = Command(
    "check",
    "SPEC... [--set NAME=VALUE] [--input SIZE=NUMBER]",
    "Parse, elaborate and validate networks, hold them to their `expect` lines, and check\n"
    "transfer plans.\n"
    "Writes no files.",
    (SPEC._replace(most=None),),
    VALUES,
    "  archdsl check net.arch\n"
    "  archdsl check specs/*.arch\n"
    "  archdsl check net.arch:Encoder --set depth=3 --input H=256",
)


def run(arguments: Arguments) -> int:
    code = 0
    for spec in arguments.all("SPEC"):
        try:
            outcome = checked(spec, arguments)
        except CommandError as error:
            # The other files are checked all the same.
            print(f"archdsl: {error}", file=sys.stderr)
            code = 2
            continue
        if outcome.sound:
            print(f"{shown(spec)}: {_found(outcome)}, no errors")
        else:
            code = max(code, 1)
    return code


def _found(outcome: Outcome) -> str:
    """``1 network``, ``2 networks and 1 plan``, ``1 plan``."""
    counts = [(len(outcome.analyses), "network"), (len(outcome.plans), "plan")]
    told = [pair for pair in counts if pair[0]] or counts[:1]
    return " and ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in told)
