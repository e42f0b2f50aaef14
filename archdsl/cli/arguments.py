"""What the commands' arguments have in common."""

import argparse
import sys
from collections.abc import Iterable
from typing import NoReturn


class CommandError(Exception):
    """Wrong usage, or a file that cannot be read or written: exit code 2."""


class Parser(argparse.ArgumentParser):
    """A parser of one command: it has examples below its help, and proposes the nearest option."""

    def __init__(self, command: str, usage: str, description: str, examples: str) -> None:
        super().__init__(
            prog=f"archdsl {command}",
            usage=f"archdsl {command} {usage}",
            description=description,
            epilog=f"examples:\n{examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
            add_help=False,
        )
        self._positionals.title = "arguments"
        self.add_argument("-h", "--help", action="help", help="show this help")

    def parse(self, words: list[str]) -> argparse.Namespace:
        """The arguments; `--help` prints the help and ends the program."""
        arguments, unknown = self.parse_known_args(words)
        if unknown:
            options = [name for name in self._option_string_actions if name.startswith("--")]
            found = unknown[0]
            if found.startswith("-"):
                name = found.partition("=")[0]
                self.error(f"there is no option {name}{nearest_of(name, options)}")
            self.error(f"there is no place for the argument {found}")
        return arguments

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message}\nusage: {self.usage}\n`{self.prog} --help` says more")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        sys.stdout.flush()
        super().exit(status, message)


def nearest_of(name: str, known: Iterable[str]) -> str:
    """`; did you mean …?` with the nearest known name, or nothing."""
    from archdsl.elaborate.suggest import nearest

    found = nearest(name, known)
    return f"; did you mean {found}?" if found else ""


def add_values(parser: Parser) -> None:
    """The options that give a network its arguments and input sizes."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="values",
        help="an argument of the network, such as classes=10 (may be repeated)",
    )
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="SIZE=NUMBER",
        dest="sizes",
        help="an input size, such as H=256 (may be repeated)",
    )


def pairs(texts: list[str], option: str) -> dict[str, str]:
    """`["classes=10"]` as a mapping.

    Raises:
        CommandError: a text is no pair, or a name is given twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name.isidentifier() and equals and value):
            raise CommandError(f"{option} takes NAME=VALUE, not {text}")
        if name in found:
            raise CommandError(f"{option} gives {name} twice")
        found[name] = value
    return found


def sizes(texts: list[str]) -> dict[str, int]:
    """`["H=256"]` as a mapping to numbers.

    Raises:
        CommandError: a text is no pair, or a size is not a positive number.
    """
    found = {}
    for name, value in pairs(texts, "--input").items():
        digits = value.replace("_", "")
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 10 and int(digits)):
            raise CommandError(f"--input {name} takes a positive number, not {value}")
        found[name] = int(digits)
    return found
