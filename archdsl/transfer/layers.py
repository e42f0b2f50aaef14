"""Which layers a plan names: by path, by a text with `*`, or as the rest."""

import re
from collections.abc import Iterator

from archdsl.elaborate.expressions import Place
from archdsl.elaborate.mistakes import Mistake
from archdsl.elaborate.session import Session
from archdsl.elaborate.suggest import nearest
from archdsl.elaborate.values import described
from archdsl.records import NamedTuple
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.transfer.tree import Node, Tree, listed, source_form
from archdsl.visible import quoted, visible

REST = "rest"
"""What no other call of a plan names; the text "rest" is a layer of that name."""
NODES_A_TURN = 16
"""Nodes that a pattern is held against cost as much as one turn of a loop."""


class Named(NamedTuple):
    """One of the names of a call, with the units that it means.

    Attributes:
        text: as a message shows it.
        path: that of a layer; "" for a pattern.
    """

    text: str
    path: str
    units: tuple[int, ...]
    span: Span


def is_rest(node: ast.Expr) -> bool:
    """Whether an argument means what no other call names."""
    return isinstance(node, ast.Name) and node.id == REST


class Finder:
    """Looks up the layers of one network. Raises `Mistake` or `Unknown`."""

    def __init__(self, session: Session, tree: Tree, place: Place) -> None:
        self._session = session
        self._tree = tree
        self.place = place

    def named(self, node: ast.Expr) -> list[Named]:
        """What an argument names: a path, a text, or a list of them."""
        if isinstance(node, ast.List):
            return [named for item in node.items for named in self.named(item)]
        if isinstance(node, ast.Name | ast.Attribute | ast.Index):
            return [self._path(".".join(self._parts(node)), node.span)]
        if isinstance(node, ast.String):
            return [self._text(self._session.evaluator.text(node, self.place), node.span)]
        value = self._session.evaluator.value(node, self.place)
        texts = value if isinstance(value, tuple) else (value,)
        for text in texts:
            if not isinstance(text, str):
                raise Mistake(
                    "E206",
                    f"a layer is named by its path or by a text, not by {described(text)}",
                    node.span,
                    help='for example `layer3[0].conv1` or "layer3.*"',
                )
        return [self._text(text, node.span) for text in texts if isinstance(text, str)]

    def named_or_foreign(self, node: ast.Expr) -> tuple[list[Named], list[Named]]:
        """What an argument names in the network, and the texts in it that name nothing there."""
        items = node.items if isinstance(node, ast.List) else (node,)
        named, foreign = [], []
        for item in items:
            text = (
                self._session.evaluator.text(item, self.place)
                if isinstance(item, ast.String)
                else "*"
            )
            if "*" in text or text in self._tree.nodes:
                named += self.named(item)
            else:
                foreign.append(Named(quoted(text), text, (), item.span))
        return named, foreign

    def _parts(self, node: ast.Expr) -> list[str]:
        """The parts of a path; a name in it is never a value, but an index may be computed."""
        if isinstance(node, ast.Name):
            return [node.id]
        if isinstance(node, ast.Attribute):
            return [*self._parts(node.value), node.name.id]
        if isinstance(node, ast.Index):
            index = self._session.evaluator.value(node.index, self.place)
            return [*self._parts(node.value), str(index)]
        raise Mistake(
            "E206",
            "a path begins with the name of a layer",
            node.span,
            help='for example `layer3[0].conv1` or "layer3.*"',
        )

    def _text(self, text: str, span: Span) -> Named:
        if "*" not in text:
            return self._path(text, span)
        self._session.spend(len(self._tree.nodes) // NODES_A_TURN, span)
        pattern = re.compile(".*".join(map(re.escape, re.split(r"\*+", text))), re.DOTALL)
        nodes = [node for path, node in self._tree.nodes.items() if pattern.fullmatch(path)]
        units = tuple(sorted({unit for node in nodes for unit in node.units}))
        if not nodes:
            raise Mistake(
                "E502",
                f"no layer of {self._tree.graph.name} has a path like {quoted(text)}",
                span,
                help=f"`*` stands for any characters; {self._listed(self._tree.root)}",
            )
        return self._learning(Named(quoted(text), "", units, span))

    def _path(self, path: str, span: Span) -> Named:
        node = self._tree.nodes.get(path)
        if node is None:
            raise self._unknown(path, span)
        return self._learning(Named(f"`{source_form(path)}`", path, tuple(node.units), span))

    def _learning(self, named: Named) -> Named:
        if not named.units:
            raise Mistake(
                "E502",
                f"{named.text} has no parameters",
                named.span,
                help="leave it out: there is nothing in it to train or to freeze",
            )
        return named

    def _unknown(self, path: str, span: Span) -> Mistake:
        """A path that names nothing: what is near it, at the place where it leaves the network."""
        tree = self._tree
        *outer, last = path.split(".")
        within = tree.nodes.get(".".join(outer))
        tensor = f"{path} is" if within is not None and self._is_tensor(within, path) else None
        if tensor:
            assert within is not None
            return Mistake(
                "E502",
                f"{tensor} a tensor of the layer `{source_form(within.path)}`, and a plan has "
                "layers whole",
                span,
                help=f"name the layer: `{source_form(within.path)}`",
            )
        node, missing = self._left(path)
        where = f"`{source_form(node.path)}`" if node.path else tree.graph.name
        return Mistake(
            "E502",
            f"{where} has no layer `{visible(missing)}`",
            span,
            help=self._near(node, missing, last) or self._listed(node),
        )

    def _is_tensor(self, node: Node, key: str) -> bool:
        if node.step is None:
            return False
        weights = self._tree.graph.steps[node.step].layer.weights
        return any(f"{node.path}.{weight.name}" == key for weight in weights)

    def _left(self, path: str) -> tuple[Node, str]:
        """The innermost node that a path leads to, and the part that this does not have."""
        node = self._tree.root
        for part in path.split("."):
            inner = next((one for one in node.inner if one.name == part), None)
            if inner is None:
                return node, part
            node = inner
        return node, path

    def _near(self, node: Node, missing: str, last: str) -> str | None:
        """A proposal: a layer of that name further in, or one that is spelt alike."""
        prefix = f"{node.path}." if node.path else ""
        deeper = [
            one.path
            for one in self._tree.nodes.values()
            if one.name == last and one.units and one.path.startswith(prefix)
        ]
        if len(deeper) == 1:
            return f"did you mean `{source_form(deeper[0])}`?"
        found = nearest(missing, [one.name for one in node.inner if one.units])
        return f"did you mean `{source_form(prefix + found)}`?" if found else None

    def _listed(self, node: Node) -> str:
        where = f"`{source_form(node.path)}`" if node.path else "it"
        names = [source_form(one.path) for one in _learning(node)]
        if not names:
            return f"{where} has no layers with parameters in it"
        return f"{where} has {listed(names)}"


def _learning(node: Node) -> Iterator[Node]:
    return (one for one in node.inner if one.units)
