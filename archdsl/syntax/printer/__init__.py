"""The printer: syntax trees to text in the one canonical style.

`definitions`, `statements` and `expressions` turn records into pieces, `comments` adds what no
record holds, `layout` chooses where lines end, and `proof` compares the result with the source.
"""

from archdsl.syntax import ast
from archdsl.syntax.printer.comments import with_comments
from archdsl.syntax.printer.definitions import file
from archdsl.syntax.printer.layout import laid_out


def printed(tree: ast.File) -> str:
    """The text of a file in the canonical style, lines ending in LF."""
    return laid_out(with_comments(file(tree), tree.span.source.text, tree.comments))
