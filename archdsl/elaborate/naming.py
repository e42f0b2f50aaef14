"""Layer names: the paths that a careful PyTorch author would have given (section "Names" of the
language reference).
"""

import keyword
import re

from archdsl.diagnostics import Related
from archdsl.elaborate.mistakes import Mistake
from archdsl.elaborate.reserved import MODULE_ATTRIBUTES
from archdsl.source import Span

_LEGAL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
# Compiled where it is used: most networks number their blocks, and need none of it.
_SNAKE = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"


def snake_case(name: str) -> str:
    """`InvertedResidual` as `inverted_residual`, `ResNet50` as `res_net50`."""
    return re.sub(_SNAKE, "_", name).lower()


def output_problem(name: str) -> str | None:
    """Why several outputs cannot be returned under this name, if so: they are the fields of a named
    tuple.
    """
    if not name.isidentifier():
        return f'"{name}" cannot name an output: it is no Python identifier'
    if keyword.iskeyword(name):
        return f"`{name}` cannot name an output: Python reserves the word"
    if name.startswith("_"):
        return f"`{name}` cannot name an output: the fields of a tuple do not start with `_`"
    if name in ("count", "index"):
        return f"`{name}` cannot name an output: tuples have a method of that name"
    return None


class Level:
    """The names of one level of the tree: of a block, of a network, or of what stands under one
    name.

    In a numbered level unnamed layers are `0, 1, 2, …` by position; elsewhere they are named after
    their op and counted: `conv1, bn1, conv2`.
    """

    __slots__ = ("_counts", "_merges", "_next", "_taken", "instance", "names", "numbered", "path")

    def __init__(self, instance: int, path: str, numbered: bool) -> None:
        self.instance = instance
        self.path = path
        self.numbered = numbered
        self.names: dict[str, tuple[int, int | None]] = {}
        """What can be read from outside by path: values, with the instance they are the result of.
        """
        self._next = 0
        self._counts: dict[str, int] = {}
        self._merges: dict[str, int] = {}
        self._taken: dict[str, tuple[Span, bool]] = {}

    def child(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def number(self) -> str:
        """The next position of a numbered level."""
        self._next += 1
        return str(self._next - 1)

    def automatic(self, stem: str, span: Span) -> str:
        """The name of an unnamed layer: its position, or its op and count."""
        if self.numbered:
            return self._claim(self.number(), span, automatic=True)
        return self.counted(stem, span)

    def counted(self, stem: str, span: Span) -> str:
        count = self._counts[stem] = self._counts.get(stem, 0) + 1
        joint = "_" if stem[-1].isdigit() else ""
        return self._claim(f"{stem}{joint}{count}", span, automatic=True)

    def merge_path(self, op: str) -> str:
        """A label for a merge, which has no name: it must differ from every other path."""
        count = self._merges[op] = self._merges.get(op, 0) + 1
        return self.child(f"{op}{count}")

    def given(self, name: str, span: Span) -> str:
        """Check and claim a name that the source gives."""
        problem = self._illegal(name)
        if problem:
            proposed = re.sub(r"[^A-Za-z0-9_-]", "_", name) or "layer"
            if self._illegal(proposed):
                proposed = (proposed.strip("_") or "layer") + "_"
            raise Mistake("E212", problem, span, help=f"for example `{proposed}`")
        return self._claim(name, span, automatic=False)

    def _illegal(self, name: str) -> str | None:
        if not (name and _LEGAL.issuperset(name)):
            return f'"{name}" cannot name a layer: names are letters, digits, `_` and `-`'
        if name in MODULE_ATTRIBUTES:
            return f"`{name}` cannot name a layer: `torch.nn.Module` uses that name itself"
        if name.startswith("__"):
            return f"`{name}` cannot name a layer: Python mangles names that start with `__`"
        if keyword.iskeyword(name):
            return f"`{name}` cannot name a layer: Python reserves the word"
        return None

    def _claim(self, name: str, span: Span, automatic: bool) -> str:
        earlier = self._taken.get(name)
        if earlier is None:
            self._taken[name] = (span, automatic)
            return name
        place, was_automatic = earlier
        if automatic != was_automatic:
            help = f"unnamed layers are named by counting, and one is `{name}`: name that one too"
        elif name == "shortcut" and span.text.startswith("shortcut"):
            help = "name the projections, as in `shortcut downsample = project`"
        elif place == span:
            help = f'the same statement runs more than once: compute the name, as in "{name}{{i}}"'
        else:
            help = f"name one of them otherwise, for example `{name}_2`"
        raise Mistake(
            "E210",
            f"two layers of one level are named `{name}`",
            span,
            related=(Related("the other one is here", place),) if place != span else (),
            help=help,
        )
