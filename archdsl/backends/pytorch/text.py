"""User text and names in Python source: nothing that a user writes can end a string, a comment or a
statement.
"""

import keyword
import re
import textwrap

from archdsl.backends.pytorch.printer import WIDTH

TAKEN = frozenset(
    {
        *("self", "super", "torch", "nn", "F", "Tensor", "NamedTuple", "OrderedDict"),
        *("int", "float", "bool", "str", "tuple", "list"),
        *("range", "min", "max", "abs", "round", "print"),
        *("I", "O", "l"),
    }
)
"""Names that emitted modules use, and letters that look like digits: such a name of a user's gets a
final underscore.
"""


MODULE_ATTRIBUTES = frozenset(
    {
        *("apply", "bfloat16", "buffers", "children", "compile", "cpu", "cuda", "double", "eval"),
        *("float", "forward", "half", "modules", "parameters", "to", "train", "training", "type"),
    }
)
"""Short names that `nn.Module` uses itself, and that a block's parameter may have."""


def safe(name: str) -> str:
    """A name for a parameter, variable or class: an ASCII identifier that means nothing else."""
    if not name.isascii() or not name.isidentifier():
        name = re.sub(r"[^A-Za-z0-9_]", "_", name)
        name = name if name[:1].isalpha() or name[:1] == "_" else f"_{name}"
    if keyword.iskeyword(name) or name in TAKEN or name.startswith("__"):
        core = name.strip("_")
        name = f"{core}_" if core[:1].isalpha() else f"_{core}_"
    return name


def is_attribute(name: str) -> bool:
    """Whether `self.name` can be written."""
    return name.isascii() and name.isidentifier() and not keyword.iskeyword(name)


def attribute(path: tuple[str, ...], getter: str) -> str:
    """`self.conv1`, or a look-up where the name is no identifier or lies in a container."""
    if len(path) == 1 and is_attribute(path[0]):
        return f"self.{path[0]}"
    return f"self.{getter}({literal('.'.join(path))})"


def camel_case(name: str) -> str:
    """`layer_1` as `Layer1`: a class name for a level."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", name) if word]
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return joined if joined[:1].isalpha() else f"Level{joined}"


def snake_case(name: str) -> str:
    """`SqueezeExcite` as `squeeze_excite`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def plain(text: str) -> str:
    """User text with everything but printable ASCII and line feeds as escapes, which docstrings
    show as written.
    """
    return "".join(
        character
        if character == "\n" or " " <= character <= "~"
        else character.encode("ascii", "backslashreplace").decode("ascii")
        if ord(character) > 126
        else f"\\x{ord(character):02x}"
        for character in text.replace("\r\n", "\n")
    )


def docstring(text: str, indent: str) -> list[str]:
    """A docstring as the formatter leaves it: trimmed, wrapped, quotes and backslashes made
    harmless.
    """
    shown = plain(text.replace("\\", "\\\\")).expandtabs(4)
    if '"""' in shown or shown.rstrip().endswith('"'):
        shown = shown.replace('"', '\\"')
    # The characters that `plain` escaped are escapes of the literal: the docstring reads as the
    # user wrote it.
    first, *rest = shown.strip().split("\n")
    paragraphs = _paragraphs(
        [first.strip(), *textwrap.dedent("\n".join(rest)).rstrip().split("\n")]
    )
    width = WIDTH - len(indent) - 3
    lines = [line for paragraph in paragraphs for line in _wrapped(paragraph, width)]
    while lines and not lines[-1]:
        lines.pop()
    if not any(lines):
        return []
    if len(lines) == 1 and len(lines[0]) > width - 3:
        lines = textwrap.wrap(lines[0], width - 3, break_long_words=False, break_on_hyphens=False)
    if len(lines) == 1:
        return [f'{indent}"""{lines[0]}"""']
    following = [f"{indent}{line}" if line else "" for line in lines[1:]]
    return [f'{indent}"""{lines[0]}', *following, f'{indent}"""']


def _paragraphs(lines: list[str]) -> list[list[str]]:
    """Lines that may flow into each other: neighbours without an indentation or a list mark."""
    found: list[list[str]] = [[]]
    for line in lines:
        line = line.rstrip()
        flows = (
            line
            and line[0] not in " -*"
            and found[-1]
            and found[-1][-1]
            and found[-1][-1][0] not in " -*"
        )
        if flows:
            found[-1].append(line)
        else:
            found.append([line])
    return [paragraph for paragraph in found if paragraph]


def _wrapped(paragraph: list[str], width: int) -> list[str]:
    """A paragraph as it is where it fits, else filled anew, without breaking words."""
    if all(len(line) <= width for line in paragraph):
        return paragraph
    margin = paragraph[0][: len(paragraph[0]) - len(paragraph[0].lstrip())]
    return textwrap.wrap(
        " ".join(line.strip() for line in paragraph),
        width,
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )


def literal(value: object) -> str:
    """A number, string, truth value or tuple as an ASCII Python literal, in double quotes unless
    single ones need fewer escapes.
    """
    if isinstance(value, str):
        quote = "'" if value.count('"') > value.count("'") else '"'
        body = value.encode("unicode_escape").decode("ascii").replace(quote, f"\\{quote}")
        return f"{quote}{body}{quote}"
    if isinstance(value, tuple):
        inner = ", ".join(literal(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, bool) or value is None or isinstance(value, int):
        return repr(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return f'float("{value}")'
        return repr(value).replace("e-0", "e-")
    raise AssertionError(f"no literal for {value!r}")


def same_value(one: object, other: object) -> bool:
    """Whether two values are written alike: 1, 1.0 and True are equal, and different arguments."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same_value, one, other))
    return type(one) is type(other) and one == other


PER_AXIS = frozenset(
    {"kernel_size", "stride", "padding", "dilation", "output_padding", "output_size"}
)
"""Arguments of layers that are one number for all axes, or one for each."""


def same_argument(name: str, found: object, wanted: object) -> bool:
    """Whether an argument of a layer is the same; `(2, 2)` is 2 where it is one number an axis."""
    return same_value(found, wanted) or (
        name in PER_AXIS
        and isinstance(found, tuple)
        and all(same_value(one, wanted) for one in found)
    )


def kinds_of(value: object) -> object:
    """The type of a value, and those of its items: with the value, a key of what is written."""
    return tuple(map(kinds_of, value)) if isinstance(value, tuple) else type(value)
