"""The files around a linted one: of which of its networks they have transfer plans.

A network may be fine only because of a plan in a file that imports it. A rule that would speak
otherwise asks for that. It is found from the plans on: of all files around, only those are parsed
in which the word `transfer` stands, and those that they import.
"""

import os
from collections.abc import Callable, Iterable, Iterator

from archdsl.elaborate.definitions import DEFINING
from archdsl.folders import files_around, folder_around
from archdsl.lint.net import nodes
from archdsl.source import Source
from archdsl.syntax import ast, parse
from archdsl.syntax.decode import decode, read_bytes

Place = tuple[str, str]
"""A definition: the real path of its file, and its name there."""


class _Names:
    """The names of a file: what it defines, and where what it imports is defined."""

    __slots__ = ("defined", "imported", "plans")

    def __init__(self, path: str, tree: ast.File) -> None:
        self.defined: dict[str, object] = {}
        self.imported: dict[str, Place] = {}
        self.plans: list[str] = []
        for item in tree.items:
            if isinstance(item, ast.Import):
                self._add_imported(path, item)
            elif isinstance(item, DEFINING):
                self.defined[item.name.id] = item
                if isinstance(item, ast.Transfer):
                    self.plans.append(item.name.id)

    def _add_imported(self, path: str, item: ast.Import) -> None:
        if not isinstance(item.module, ast.String):
            return  # a library knows nothing of the files around
        text = "".join(part for part in item.module.parts if isinstance(part, str))
        target = os.path.realpath(os.path.join(os.path.dirname(path), text))
        for one in item.names:
            self.imported[(one.alias or one.name).id] = target, one.name.id

    def used_by(self, name: str) -> Iterator[str]:
        """The names that stand in a definition; of a plan, that of its network."""
        item = self.defined.get(name)
        if isinstance(item, ast.Transfer):
            yield item.base.id
        else:
            yield from (node.id for node in nodes(item) if isinstance(node, ast.Name))


class Surroundings:
    """The files around all those of one run, each read once.

    Args:
        named: the folders that are linted as a whole.
    """

    def __init__(self, named: tuple[str, ...] = ()) -> None:
        self._named = named
        self._used: dict[str, set[Place]] = {}
        self._names: dict[str, _Names | None] = {}

    def folder(self, path: str) -> str:
        """The folder whose files may import one."""
        return folder_around(path, self._named)

    def used(self, folder: str) -> set[Place]:
        """What the plans of all files in a folder make use of."""
        if folder not in self._used:
            plans: list[Place] = []
            for path in files_around(folder):
                if b"transfer" in _content(path):
                    real = os.path.realpath(path)
                    names = self.names(real)
                    plans += [(real, plan) for plan in (names.plans if names else ())]
            self._used[folder] = _used_by(plans, self.names)
        return self._used[folder]

    def names(self, path: str) -> _Names | None:
        """The names of a file by its real path; None where it cannot be read or parsed."""
        if path not in self._names:
            source = decode(_content(path), path)
            tree = parse(source).file if isinstance(source, Source) else None
            self._names[path] = None if tree is None else _Names(path, tree)
        return self._names[path]


def _content(path: str) -> bytes:
    found = read_bytes(path, ordinary=True)
    return found if isinstance(found, bytes) else b""


def _used_by(plans: Iterable[Place], names_of: Callable[[str], _Names | None]) -> set[Place]:
    """The plans and what they make use of: the networks that they are of, what these are variants
    of, the networks that are steps of them.
    """
    seen: set[Place] = set()
    pending = list(plans)
    while pending:
        place = pending.pop()
        path, name = place
        names = names_of(path)
        if place in seen or names is None:
            continue
        seen.add(place)
        for used in names.used_by(name):
            if used in names.defined:
                pending.append((path, used))
            elif used in names.imported:
                pending.append(names.imported[used])
    return seen


class Importers:
    """The files around one.

    Attributes:
        searched: the folder whose files were looked at; None where none was.
    """

    def __init__(self, around: Surroundings, path: str, tree: ast.File) -> None:
        self._around = around
        self._path = path
        self._tree = tree
        self.searched: str | None = None

    def without_plan(self, networks: Iterable[str]) -> set[str]:
        """Those of the file's networks that no plan makes use of, its own or one of a file around.

        Other files are looked at where its own plans do not say enough.
        """
        own = os.path.realpath(self._path)
        names = _Names(own, self._tree)
        used = _used_by(
            [(own, plan) for plan in names.plans],
            lambda path: names if path == own else self._around.names(path),
        )
        left = {network for network in networks if (own, network) not in used}
        if left:
            self.searched = self._around.folder(self._path)
            used = self._around.used(self.searched)
        return {network for network in left if (own, network) not in used}
