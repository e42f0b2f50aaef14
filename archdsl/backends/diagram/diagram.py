"""A diagram: a network, how it is to be drawn, and every format that it can be written in."""

import os.path
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from html import escape
from typing import Any

from archdsl.analysis import Analysis
from archdsl.analysis.render import megabytes
from archdsl.backends.diagram.dot import dot_text
from archdsl.backends.diagram.drawing import FIGURES, drawing
from archdsl.backends.diagram.engine import ENGINES, DiagramError, TooSlow, render
from archdsl.backends.diagram.labels import Template
from archdsl.backends.diagram.levels import LEVELS
from archdsl.backends.diagram.mermaid import MOST_EDGES, MOST_LETTERS, mermaid_text
from archdsl.backends.diagram.records import Drawing
from archdsl.backends.diagram.style import THEMES
from archdsl.diagnostics import Diagnostic
from archdsl.outputs import write_whole
from archdsl.records import NamedTuple
from archdsl.transfer.plan import Plan

DIRECTIONS = ("TB", "LR")

PICTURES = ("svg", "png", "pdf")
"""Formats that Graphviz writes."""

ENDINGS = (*PICTURES, "html", "dot", "gv", "mmd", "md")
"""What a diagram's file name can end in."""

LARGE = 300_000
"""Characters of a picture that is shown along with something else only if it is smaller."""

TIMEOUT = 20.0
"""Seconds that Graphviz may take for a level of detail."""


class Look(NamedTuple):
    """How a diagram is to be drawn.

    Attributes:
        level: of detail: stage, block or layer.
        direction: ``TB`` (from top to bottom) or ``LR`` (from left to right).
        theme: light, dark or print.
        show: figures on the nodes: params, macs, field.
        engine: graphviz-pure or dot; the first that is there if None.
        timeout: seconds that it may take for a level.
        label: a template of what stands on nodes, of the fields `labels.FIELDS` in braces.
    """

    level: str = "block"
    direction: str = "TB"
    theme: str = "light"
    show: tuple[str, ...] = ()
    engine: str | None = None
    timeout: float = TIMEOUT
    label: str | None = None


class Made(NamedTuple):
    """A diagram's file: its content, the level that it is drawn at, and why that is another one
    than was asked for, or "".
    """

    content: bytes
    level: str
    note: str


class Diagram:
    """A diagram of a network: `str` gives its DOT text, a notebook shows it."""

    def __init__(
        self,
        analysis: Analysis,
        look: Look,
        findings: Callable[[], Mapping[Diagnostic, Sequence[int]]] = dict,
        plan: Plan | None = None,
    ) -> None:
        """A diagram of the network of an analysis.

        Args:
            findings: gives what the linter says of it, each with the steps that have it.
            plan: for its network, which tells frozen and trained parts apart.

        Raises:
            ValueError: the look has a word that there is not.
            LabelError: its label cannot be read.
        """
        for what, word, known in (
            ("level", look.level, LEVELS),
            ("direction", look.direction, DIRECTIONS),
            ("theme", look.theme, tuple(THEMES)),
            ("engine", look.engine, (*ENGINES, None)),
            *(("figure", figure, FIGURES) for figure in look.show),
        ):
            if word not in known:
                names = ", ".join(name for name in known if name)
                raise ValueError(f"there is no {what} {word!r}; there are {names}")
        self._analysis = analysis
        self._look = look
        self._findings = findings
        self._plan = plan
        self._label = Template(look.label) if look.label else None

    @cached_property
    def dot(self) -> str:
        """The diagram in DOT, the language of Graphviz."""
        return self._dot(self._drawing)

    @cached_property
    def mermaid(self) -> str:
        """The diagram in Mermaid, without the fence of Markdown."""
        return self._mermaid(self._drawing)

    @cached_property
    def html(self) -> str:
        """The diagram as an interactive page in one file, with figures, a search, and findings of
        the linter. It follows the reader's choice of light or dark, and runs from top to bottom.

        Raises:
            DiagramError: the network is larger than a browser bears.
        """
        from archdsl.backends.diagram.page import page_data, page_html

        look = self._look
        findings = self._findings()
        return page_html(page_data(self._analysis, look.level, look.show, findings, self._plan))

    def svg(self) -> str:
        """The diagram as SVG.

        Raises:
            DiagramError: Graphviz is not installed, fails, or takes too long at every level.
        """
        return self.made("svg").content.decode("utf-8")

    def fragment(self) -> str:
        """The picture as a part of an HTML page; a sentence that says why there is none where
        Graphviz is missing or too slow, or the picture too large to be stored in a notebook.
        """
        try:
            picture = self.svg()
        except DiagramError as error:
            return f"<p>No picture: {escape(str(error))}</p>"
        if len(picture) > LARGE:
            size = megabytes(len(picture))
            return f"<p>The picture takes {size}: <code>.diagram()</code> draws it.</p>"
        # Without the prolog, which belongs to a file of its own.
        drawn = picture[picture.index("<svg") :]
        return f'<div style="overflow: auto; max-height: 48em">{drawn}</div>'

    def save(self, path: "str | os.PathLike[str]") -> Made:
        """Write the diagram to a file: svg, png, pdf, html, dot, gv, mmd or md by its ending.

        Raises:
            ValueError: the path has another ending.
            DiagramError: as of `svg`.
            OutputError: the file cannot be written.
        """
        name = os.fspath(path)
        made = self.made(os.path.splitext(name)[1].removeprefix(".").lower())
        write_whole(name, made.content)
        return made

    def made(self, ending: str) -> Made:
        """The content of a file with an ending, at a coarser level where this one is too large.

        Raises:
            ValueError: there is no such ending.
            DiagramError: as of `svg`.
        """
        if ending in PICTURES:
            return self._coarser_if_slow(ending)
        if ending in ("dot", "gv"):
            return Made(self.dot.encode("utf-8"), self._look.level, "")
        if ending == "html":
            return Made(self.html.encode("utf-8"), self._look.level, "")
        if ending in ("mmd", "md"):
            return self._mermaid_file(fenced=ending == "md")
        raise ValueError(f"a diagram's file ends in .{', .'.join(ENDINGS)}")

    def _coarser_if_slow(self, form: str) -> Made:
        slow = ""
        connections = 0
        for level, drawn in self._levels():
            if slow and 4 * len(drawn.edges) > 3 * connections:
                continue  # it would take about as long
            connections = len(drawn.edges)
            try:
                content = render(self._dot(drawn), form, self._look.engine, self._look.timeout)
            except TooSlow as error:
                slow = slow or f"{error} at the {level} level"
                continue
            return Made(content, level, f"{slow}: this is the {level} level" if slow else "")
        raise DiagramError(f"{slow}, and at every coarser one; --timeout gives it longer")

    def _mermaid_file(self, *, fenced: bool) -> Made:
        note = ""
        for level, drawn in self._levels():
            text = self._mermaid(drawn)
            exceeded = (
                f"up to {MOST_EDGES} connections, and the {level} level has {len(drawn.edges):,}"
                if len(drawn.edges) > MOST_EDGES
                else f"up to {MOST_LETTERS:,} letters, and the {level} level takes {len(text):,}"
                if len(text) > MOST_LETTERS
                else ""
            )
            if exceeded and level != LEVELS[0]:
                note = note or f"Mermaid draws {exceeded}: this is the"
                continue
            content = f"```mermaid\n{text}```\n" if fenced else text
            return Made(content.encode("utf-8"), level, note and f"{note} {level} level")
        raise AssertionError("the coarsest level is always written")

    def _levels(self) -> Iterator[tuple[str, Drawing]]:
        """The drawing at the level that was asked for, then at coarser ones."""
        yield self._look.level, self._drawing
        for level in reversed(LEVELS[: LEVELS.index(self._look.level)]):
            yield level, self._drawn(level)

    @cached_property
    def _drawing(self) -> Drawing:
        return self._drawn(self._look.level)

    def _drawn(self, level: str) -> Drawing:
        look = self._look
        return drawing(self._analysis, level, look.show, look.direction, self._label, self._plan)

    def _dot(self, drawn: Drawing) -> str:
        return dot_text(drawn, THEMES[self._look.theme], self._look.direction)

    def _mermaid(self, drawn: Drawing) -> str:
        return mermaid_text(drawn, THEMES[self._look.theme], self._look.direction)

    def __str__(self) -> str:
        return self.dot

    def __repr__(self) -> str:
        return f"<Diagram of {self._analysis.graph.name}, {self._look.level} level>"

    def _repr_mimebundle_(
        self, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """What a notebook shows: the picture, and the text alone where there is no Graphviz."""
        bundle = {"text/plain": repr(self)}
        try:
            bundle["image/svg+xml"] = self.svg()
        except DiagramError as error:
            bundle["text/plain"] += f": {error}"
        return bundle
