"""`archdsl check`: find errors; writes nothing."""

import sys
from argparse import Namespace

from archdsl.cli.arguments import CommandError, Parser, add_values
from archdsl.cli.specs import checked


def parser() -> Parser:
    found = Parser(
        "check",
        "SPEC... [--set NAME=VALUE] [--input SIZE=NUMBER]",
        "Parse, elaborate and validate networks, and hold them to their `expect` lines.\n"
        "Writes no files.",
        "  archdsl check net.arch\n"
        "  archdsl check specs/*.arch\n"
        "  archdsl check net.arch:Encoder --set depth=3 --input H=256",
    )
    found.add_argument("specs", nargs="+", metavar="SPEC", help="net.arch or net.arch:Network")
    add_values(found)
    return found


def run(arguments: Namespace) -> int:
    code = 0
    for spec in arguments.specs:
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
