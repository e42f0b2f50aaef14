"""One source file as rules and the engine look at it."""

from archdsl.annotations import TYPE_CHECKING
from archdsl.lint.importers import Importers
from archdsl.lint.net import Net
from archdsl.records import NamedTuple
from archdsl.source import Source
from archdsl.syntax import ast

if TYPE_CHECKING:
    from archdsl.lint.planned import Planned


class File(NamedTuple):
    """A file that parses.

    Attributes:
        tree: its syntax, with the places of its comments.
        nets: its networks that are free of errors.
        plans: its plans that are free of errors.
        shipped: names of the sources of the libraries that ship with archdsl.
        importers: the files around it.
    """

    source: Source
    tree: ast.File
    nets: tuple[Net, ...]
    plans: "tuple[Planned, ...]"
    shipped: frozenset[str]
    importers: Importers
