"""`archdsl check`: find errors; writes nothing."""

import sys

from archdsl.cli.arguments import SPEC, VALUES, Arguments, Command, CommandError
from archdsl.cli.specs import checked

COMMAND = Command(
    "check",
    "SPEC... [--set NAME=VALUE] [--input SIZE=NUMBER]",
    "Parse, elaborate and validate networks, and hold them to their `expect` lines.\n"
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
            count = len(outcome.graphs)
            print(f"{spec}: {count} network{'' if count == 1 else 's'}, no errors")
        else:
            code = max(code, 1)
    return code
