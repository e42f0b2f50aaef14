"""`archdsl zoo`: the networks that ship with archdsl."""

import os
import re

from archdsl import resources
from archdsl.analysis.render import scaled
from archdsl.cli.arguments import (
    Arguments,
    Command,
    CommandError,
    Option,
    Positional,
    nearest_of,
)
from archdsl.outputs import OutputError, write_whole
from archdsl.records import NamedTuple
from archdsl.source import Source
from archdsl.syntax import ast, parse
from archdsl.visible import shown, visible

WIDTH = 100


class Landmark(NamedTuple):
    """A network or plan as its file describes it; the figures are those that its `expect` lines
    hold.
    """

    name: str
    about: str
    params: int | None
    macs: int | None


class Shipped(NamedTuple):
    """A file of the zoo; `about` is what its opening comment says."""

    name: str
    about: str
    networks: tuple[Landmark, ...]


COMMAND = Command(
    "zoo",
    "[NAME] [-o FILE]",
    "List the networks that ship with archdsl; print the file that has one, or copy it.\n"
    "A file of your own can import them: from zoo.resnet import ResNet50.",
    (Positional("NAME", "a file or network of the list", least=0),),
    (Option(("-o", "--output"), "FILE", "copy to FILE, which must not exist"),),
    "  archdsl zoo\n  archdsl zoo resnet\n  archdsl zoo ResNet50 -o resnet.arch",
)


def run(arguments: Arguments) -> int:
    name, output = arguments.one("NAME"), arguments.one("--output")
    if name is None:
        if output is not None:
            raise CommandError("-o needs the NAME of what to copy: archdsl zoo NAME -o FILE")
        print(listing([_described(file) for file in names()]), end="")
        return 0
    file = _file_of(name)
    if output is not None:
        _copy(file, output)
    else:
        print(_text(file), end="")
    return 0


def names() -> list[str]:
    """The files of the zoo, without their ending."""
    folder = resources.zoo()
    return sorted(
        entry.removesuffix(".arch") for entry in os.listdir(folder) if entry.endswith(".arch")
    )


def listing(files: list[Shipped]) -> str:
    """A block for each file, with a line for each of its networks."""
    width = max(len(landmark.name) for file in files for landmark in file.networks)
    lines = [f"  {'':<{width}}  params    MACs"]
    for file in files:
        lines += [file.name, *wrapped(file.about, "  ")]
        for name, about, params, macs in file.networks:
            line = f"  {name:<{width}}  {_count(params):>6}  {_count(macs):>6}"
            if len(line) + 2 + len(about) <= WIDTH:
                lines.append(f"{line}  {about}".rstrip())
            else:
                lines += [line.rstrip(), *wrapped(about, "      ")]
        lines.append("")
    lines.append("`archdsl zoo NAME` prints a file, `archdsl zoo NAME -o FILE` copies it.")
    return "\n".join(lines) + "\n"


def _count(figure: int | None) -> str:
    return "" if figure is None else scaled(figure)


def _text(name: str) -> str:
    path = os.path.join(resources.zoo(), f"{name}.arch")
    with open(path, encoding="utf-8") as file:
        return file.read()


def _file_of(name: str) -> str:
    """The file that is called so, or that has a network of that name."""
    files = names()
    if name.removesuffix(".arch") in files:
        return name.removesuffix(".arch")
    networks: dict[str, str] = {}
    for file in files:
        for landmark in _described(file).networks:
            # A variant of the same name in a later file is reached by that file's name.
            networks.setdefault(landmark.name, file)
    if name in networks:
        return networks[name]
    raise CommandError(
        f"the zoo has no {visible(name)}{nearest_of(name, (*files, *networks))}\n"
        "`archdsl zoo` lists it"
    )


def _copy(name: str, path: str) -> None:
    if os.path.isdir(path):
        path = os.path.join(path, f"{name}.arch")
    if os.path.lexists(path):
        raise CommandError(f"{shown(path)} exists already; remove it first, or choose another name")
    try:
        write_whole(path, _text(name).encode("utf-8"))
    except OutputError as error:
        raise CommandError(str(error)) from error
    print(f"{shown(path)}: a copy of {name}.arch")


# --- What a file says of itself -------------------------------------------------------------------


def _described(name: str) -> Shipped:
    """A file's networks, read from its syntax alone: nothing is elaborated for a list."""
    text = _text(name)
    file = parse(Source(f"{name}.arch", text)).file
    assert file is not None, f"the shipped {name}.arch has a syntax error"
    networks = [
        _landmark(item)
        for item in file.items
        if isinstance(item, ast.Variant | ast.Transfer)
        or (isinstance(item, ast.Network) and all(given.default for given in item.parameters))
    ]
    return Shipped(name, _opening(text), tuple(networks))


def _landmark(network: ast.Network | ast.Variant | ast.Transfer) -> Landmark:
    body = network.body
    about = _first_sentence(body.doc.text) if body and body.doc else ""
    if not isinstance(network, ast.Transfer):
        about = about.partition(":")[0].partition(";")[0]
    return Landmark(network.name.id, about, _expected(body, "params"), _expected(body, "macs"))


def _expected(body: ast.Body | None, figure: str) -> int | None:
    """The number that an `expect FIGURE == NUMBER` holds."""
    for statement in body.statements if body else ():
        if not isinstance(statement, ast.Expect):
            continue
        condition = statement.condition
        if isinstance(condition, ast.Comparison) and len(condition.rest) == 1:
            left, ((relation, right),) = condition.first, condition.rest
            if (
                isinstance(left, ast.Name)
                and left.id == figure
                and relation == "=="
                and isinstance(right, ast.Number)
            ):
                return int(right.value)
    return None


def _opening(text: str) -> str:
    """The first sentence of the comment that opens a file, below `arch 1`."""
    words: list[str] = []
    for line in text.split("\n"):
        if line.startswith("#"):
            words.append(line.lstrip("# "))
        elif words or (line and not line.startswith("arch ")):
            break
    return _first_sentence(" ".join(words))


def wrapped(text: str, indent: str) -> list[str]:
    """A text as lines of at most `WIDTH`."""
    from textwrap import wrap

    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def _first_sentence(text: str) -> str:
    """Up to the first full stop, on one line."""
    # "et al., 2015)" and "v1.5" hold dots that end nothing; the next sentence starts after a space.
    return re.split(r"(?<!al)\. |\.$", " ".join(text.split()), maxsplit=1)[0]
