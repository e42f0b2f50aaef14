"""Loading files and following imports, inside the project root only."""

import os
from collections.abc import Callable

from archdsl import resources
from archdsl.diagnostics import Diagnostic, Related
from archdsl.elaborate.definitions import DEFINING, Entry, Imported, Module
from archdsl.elaborate.mistakes import Mistake, Reporter
from archdsl.elaborate.suggest import listed, nearest, proposal
from archdsl.inputs import lies_in
from archdsl.source import Source, Span
from archdsl.syntax import ast, parse

MAX_FILES = 256
VERSIONS = (1,)
FACTS = ("dataset", "loss", "batch", "epochs")
"""Statements that look like layers but state facts; no op or block may take these names."""

Reader = Callable[[str, str], "Source | Diagnostic | str"]
"""Reads a file by path under a name to show: its source, a diagnostic of its bytes, or why it
cannot be read.
"""


class Program:
    """The modules of one run, each loaded once."""

    def __init__(self, read: Reader, reporter: Reporter) -> None:
        self._read = read
        self._reporter = reporter
        self._modules: dict[str, Module | None] = {}
        self._loading: list[tuple[str, Span]] = []

    @property
    def modules(self) -> list[Module]:
        return [module for module in self._modules.values() if module is not None]

    def main(self, source: Source, path: str) -> Module | None:
        """Load the file that was named on the command line; None if it does not parse."""
        return self._build(source, os.path.realpath(path))

    def _build(self, source: Source, path: str, root: str | None = None) -> Module | None:
        result = parse(source)
        for diagnostic in result.diagnostics:
            self._reporter.report(diagnostic)
        self._modules[path] = None
        if result.file is None:
            return None
        module = Module(source, result.file, path, root)
        self._modules[path] = module
        self._loading.append((path, result.file.span))
        for item in result.file.items:
            try:
                self._define(module, item)
            except Mistake as mistake:
                self._reporter.report(mistake.diagnostic)
        self._loading.pop()
        return module

    def _define(self, module: Module, item: ast.Definition) -> None:
        if isinstance(item, ast.Version):
            self._version(item)
        elif isinstance(item, ast.Import):
            self._import(module, item)
        elif isinstance(item, DEFINING):
            _check_fact(item.name, item)
            self._add(module, item.name, item)

    @staticmethod
    def _version(item: ast.Version) -> None:
        if item.number.value not in VERSIONS:
            raise Mistake(
                "E410",
                f"the file is written in version {item.number.value} of the language, "
                "which this archdsl does not know",
                item.span,
                help=f"it knows versions up to {VERSIONS[-1]}; a newer archdsl may know more",
            )

    def _add(self, module: Module, name: ast.Name, entry: object) -> None:
        earlier = module.entries.get(name.id)
        if earlier is not None:
            place = earlier.node.span if isinstance(earlier, Imported) else earlier.name.span
            raise Mistake(
                "E211",
                f"`{name.id}` is defined twice in this file",
                name.span,
                related=(Related("first defined here", place),),
                help="rename one of them"
                if not isinstance(entry, Imported)
                else "import it `as` another name",
            )
        module.entries[name.id] = entry  # type: ignore[assignment]

    # --- imports ----------------------------------------------------------------------------------

    def _import(self, module: Module, item: ast.Import) -> None:
        target, shown = None, ""
        try:
            path, shown, root = self._locate(module, item)
            target = self._load(path, shown, root, _module_span(item))
        except Mistake as mistake:
            self._reporter.report(mistake.diagnostic)
        for imported in item.names:
            found = target
            if target is not None and not _defines(target, imported.name.id):
                self._reporter.report(_not_defined(target, shown, imported.name).diagnostic)
                found = None
            # A name that was not found is entered as well: its uses are not reported again.
            local = imported.alias or imported.name
            try:
                if found is not None:
                    _check_fact(local, found.entries[imported.name.id])
                self._add(module, local, Imported(found, imported.name.id, imported))
            except Mistake as mistake:
                self._reporter.report(mistake.diagnostic)

    def _locate(self, module: Module, item: ast.Import) -> tuple[str, str, str]:
        """The path of an imported file, the name to show for it, and its own import root."""
        if isinstance(item.module, ast.String):
            text = "".join(part for part in item.module.parts if isinstance(part, str))
            if not text:
                raise Mistake(
                    "E411",
                    "the import names no file",
                    item.module.span,
                    help='for example `from "blocks.arch" import Bottleneck`',
                )
            path = os.path.realpath(os.path.join(os.path.dirname(module.path), text))
            if not lies_in(path, module.root):
                raise Mistake(
                    "E413",
                    f'"{text}" lies outside the project root',
                    item.module.span,
                    help="the root is the folder of the nearest archdsl.toml, pyproject.toml"
                    " or .git,"
                    f" here {os.path.basename(module.root) or '/'}",
                )
            shown = os.path.normpath(os.path.join(os.path.dirname(module.source.name), text))
            return path, shown, module.root
        words = [name.id for name in item.module]
        span = _module_span(item)
        library = resources.LIBRARIES.get(words[0])
        if library is None or len(words) != 2:
            raise Mistake(
                "E411",
                f"there is no library `{'.'.join(words)}`",
                span,
                help="libraries are `std.…` and `zoo.…`; a file next to this one"
                f' is imported as "{words[-1]}.arch"',
            )
        root = library()
        path = os.path.join(root, words[1] + ".arch")
        if not os.path.isfile(path):
            known = [name[:-5] for name in os.listdir(root) if name.endswith(".arch")]
            raise Mistake(
                "E411",
                f"`{words[0]}` has no module `{words[1]}`",
                span,
                help=proposal(words[1], known, f"there are {', '.join(sorted(known))}"),
            )
        return os.path.realpath(path), f"{words[0]}/{words[1]}.arch", os.path.realpath(root)

    def _load(self, path: str, shown: str, root: str, span: Span) -> Module | None:
        if path in (loading for loading, _ in self._loading):
            start = [loading for loading, _ in self._loading].index(path)
            names = [os.path.basename(loading) for loading, _ in self._loading[start:]]
            raise Mistake(
                "E412",
                f"these files import each other: {' -> '.join([*names, names[0]])}",
                span,
                help="move what both need into a third file",
            )
        if path in self._modules:
            return self._modules[path]
        if len(self._modules) >= MAX_FILES:
            raise Mistake("E416", f"more than {MAX_FILES} files are imported", span)
        found = self._read(path, shown)
        if isinstance(found, str):
            raise Mistake(
                "E411", f'"{shown}" cannot be imported: {found}', span, help=_near_file(path)
            )
        if isinstance(found, Diagnostic):
            self._reporter.report(found)
            self._modules[path] = None
            return None
        return self._build(found, path, root)


def _module_span(item: ast.Import) -> Span:
    """The file or library that an import names."""
    if isinstance(item.module, ast.String):
        return item.module.span
    return item.module[0].span._replace(end=item.module[-1].span.end)


def _check_fact(name: ast.Name, entry: Entry) -> None:
    """No layer may have the name of a fact: as a statement it would be taken for that."""
    if name.id in FACTS and not isinstance(entry, ast.Let | ast.Fn):
        raise Mistake(
            "E212",
            f"`{name.id}` states a fact about the task, so no layer may take that name",
            name.span,
            help=f"choose another name, such as `{name.id}_block`",
        )


def _defines(module: Module, name: str) -> bool:
    return name in module.entries and not isinstance(module.entries[name], Imported)


def _not_defined(module: Module, shown: str, name: ast.Name) -> Mistake:
    """An import of a name that a file does not define."""
    own = [known for known in module.entries if _defines(module, known)]
    if name.id in module.entries:
        help: str | None = "it imports the name itself: import it from where it is defined"
    else:
        help = proposal(name.id, own, f"it defines {listed(own)}" if own else "it defines nothing")
    return Mistake("E415", f"{shown} defines no `{name.id}`", name.span, help=help)


def _near_file(path: str) -> str | None:
    try:
        names = [name for name in os.listdir(os.path.dirname(path)) if name.endswith(".arch")]
    except OSError:
        return None
    found = nearest(os.path.basename(path), names)
    return f'did you mean "{found}"?' if found else None
