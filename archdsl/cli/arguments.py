"""The arguments of commands.

Our own parser: argparse takes as long to start as the rest of `archdsl check` needs for a small
file, and its messages cannot propose what was meant.
"""

from collections.abc import Iterable

from archdsl.records import NamedTuple
from archdsl.visible import visible


class CommandError(Exception):
    """Wrong usage, or a file that cannot be read or written: exit code 2."""


class HelpWanted(Exception):
    """`--help` was given; the text is the help."""


class Positional(NamedTuple):
    """An argument without a dash.

    Attributes:
        least, most: how often it stands; `most` is None where there is no limit.
    """

    name: str
    help: str
    least: int = 1
    most: int | None = 1


class Option(NamedTuple):
    """An argument with a dash.

    Attributes:
        names: such as ``("-o", "--output")``; the last one is the name that `Arguments` knows.
        value: what its value is called in the help; "" for a flag.
        choices: the values that it takes; none for any.
        repeated: whether it may be given more than once.
    """

    names: tuple[str, ...]
    value: str
    help: str
    choices: tuple[str, ...] = ()
    repeated: bool = False


class Arguments:
    """What the words of a command say."""

    def __init__(self, values: dict[str, list[str]]) -> None:
        self._values = values

    def all(self, name: str) -> list[str]:
        """Every value of a positional, or of an option such as ``"--set"``."""
        return self._values.get(name, [])

    def one(self, name: str) -> str | None:
        """The value, or None where it is not given."""
        return self.all(name)[0] if self.all(name) else None

    def has(self, name: str) -> bool:
        """Whether a flag is given."""
        return name in self._values


_HELP = Option(("-h", "--help"), "", "show this help")

SPEC = Positional("SPEC", "net.arch, or one network of it: net.arch:Network")
VALUES = (
    Option(
        ("--set",),
        "NAME=VALUE",
        "an argument of the network, such as classes=10 (may be repeated)",
        repeated=True,
    ),
    Option(
        ("--input",), "SIZE=NUMBER", "an input size, such as H=256 (may be repeated)", repeated=True
    ),
)
"""The options that give a network its arguments and input sizes."""


class Command(NamedTuple):
    """What a command takes, and its help."""

    name: str
    usage: str
    description: str
    positionals: tuple[Positional, ...]
    options: tuple[Option, ...]
    examples: str

    def parse(self, words: list[str]) -> Arguments:
        """The arguments that the words give.

        Raises:
            CommandError: they do not fit; the text proposes what was meant.
            HelpWanted: `--help` is among them.
        """
        values: dict[str, list[str]] = {}
        free: list[str] = []
        waiting = words[::-1]
        while waiting:
            word = waiting.pop()
            if word == "--":
                free += waiting[::-1]
                break
            if word in _HELP.names:
                raise HelpWanted(self.help())
            if word.startswith("-") and word != "-":
                self._take(word, waiting, values)
            else:
                free.append(word)
        self._place(free, values)
        return Arguments(values)

    def _take(self, word: str, waiting: list[str], values: dict[str, list[str]]) -> None:
        """Read an option, and its value from the words that follow."""
        name, equals, value = word.partition("=")
        if not word.startswith("--") and len(word) > 2:
            name, equals, value = word[:2], "=", word[2:].removeprefix("=")
        option = next((known for known in self.options if name in known.names), None)
        if option is None:
            names = [known.names[-1] for known in (*self.options, _HELP)]
            raise self._wrong(f"there is no option {visible(name)}{nearest_of(name, names)}")
        known = option.names[-1]
        if option.value and not equals:
            if not waiting:
                raise self._wrong(f"{name} needs a value: {name} {option.value}")
            value = waiting.pop()
        elif equals and not option.value:
            raise self._wrong(f"{name} takes no value")
        if option.choices and value not in option.choices:
            listed = ", ".join(option.choices)
            near = nearest_of(value, option.choices)
            raise self._wrong(f"{name} takes {listed}; not {visible(value)}{near}")
        if known in values and option.value and not option.repeated:
            raise self._wrong(f"{name} is given twice")
        values.setdefault(known, []).append(value)

    def _place(self, free: list[str], values: dict[str, list[str]]) -> None:
        """Give the words without a dash to the positionals."""
        for position, positional in enumerate(self.positionals):
            later = sum(other.least for other in self.positionals[position + 1 :])
            most = len(free) - later if positional.most is None else positional.most
            taken, free = free[: max(most, 0)], free[max(most, 0) :]
            if len(taken) < positional.least:
                raise self._wrong(f"{positional.name} is missing")
            if taken:
                values[positional.name] = taken
        if free:
            raise self._wrong(f"there is no place for the argument {visible(free[0])}")

    def _wrong(self, message: str) -> CommandError:
        return CommandError(
            f"{message}\nusage: archdsl {self.name} {self.usage}\n"
            f"`archdsl {self.name} --help` says more"
        )

    def help(self) -> str:
        """The text of `--help`."""
        arguments = [(positional.name, positional.help) for positional in self.positionals]
        options = [
            (f"{', '.join(option.names)} {option.value}".rstrip(), option.help)
            for option in (*self.options, _HELP)
        ]
        width = max(len(name) for name, _ in (*arguments, *options))
        lines = [f"usage: archdsl {self.name} {self.usage}", "", self.description, ""]
        for title, entries in (("arguments", arguments), ("options", options)):
            lines += [f"{title}:", *(f"  {name:<{width}}  {text}" for name, text in entries), ""]
        return "\n".join([*lines, "examples:", self.examples, ""])


def nearest_of(name: str, known: Iterable[str]) -> str:
    """`; did you mean …?` with the nearest known name, or nothing."""
    from archdsl.elaborate.suggest import nearest

    found = nearest(name, known)
    return f"; did you mean {visible(found)}?" if found else ""


def pairs(texts: list[str], option: str) -> dict[str, str]:
    """`["classes=10"]` as a mapping.

    Raises:
        CommandError: a text is no pair, or a name is given twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name.isidentifier() and equals and value):
            raise CommandError(f"{option} takes NAME=VALUE, not {visible(text)}")
        if name in found:
            raise CommandError(f"{option} gives {name} twice")
        found[name] = value
    return found


def sizes(texts: list[str]) -> dict[str, int]:
    """`["H=256"]` as a mapping to numbers.

    Raises:
        CommandError: a text is no pair, or a size is not a positive number.
    """
    return {
        name: positive(value, f"--input {name}") for name, value in pairs(texts, "--input").items()
    }


def positive(text: str, option: str) -> int:
    """The number that is an option's value.

    Raises:
        CommandError: it is not a positive number.
    """
    digits = text.replace("_", "")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10 and int(digits)):
        raise CommandError(f"{option} takes a positive number, not {visible(text)}")
    return int(digits)
