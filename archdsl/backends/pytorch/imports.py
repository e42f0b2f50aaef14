"""The import lines of a module, sorted as ruff sorts them, and what extern ops bring in.

The classes of extern ops are named in the source and imported by the emitted module; nothing here
imports them.
"""

import ast
import builtins
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from archdsl.backends.pytorch.printer import STEP, WIDTH
from archdsl.backends.pytorch.text import safe
from archdsl.graph.ir import Graph
from archdsl.ops.base import TorchForm, TorchModule
from archdsl.records import NamedTuple

Externs: TypeAlias = Mapping[tuple[str, str], str]
"""The names that classes of extern ops have in the emitted module, by their module and class."""


class Import(NamedTuple):
    """`from home import name as alias`; `import home` without a name."""

    home: str
    name: str = ""
    alias: str = ""


def externs_of(graph: Graph) -> Externs:
    """The classes that a network's extern ops name, each with a name that means nothing else to
    Python or to every emitted module.
    """
    found: dict[tuple[str, str], str] = {}
    for step in graph.steps:
        if step.layer.op.family == "extern":
            form = step.layer.op.pytorch(step.layer)
            assert isinstance(form, TorchModule)
            if (form.package, form.cls) not in found:
                name = safe(form.cls)
                while hasattr(builtins, name) or name in found.values():
                    name += "_"
                found[form.package, form.cls] = name
    return found


def without_clashes(externs: Externs, text: str) -> Externs:
    """The same names, but for those that a written module binds to something else as well: a class
    of its own, a parameter, a variable.
    """
    bound = _bindings(ast.parse(text))
    found: dict[tuple[str, str], str] = {}
    for key, name in externs.items():
        if bound[name] > 1:
            while name in bound or name in found.values():
                name += "_"
        found[key] = name
    return found


def _bindings(tree: ast.Module) -> Counter[str]:
    """How often each name is bound somewhere in a module."""
    found: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            found[node.asname or node.name] += 1
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            found[node.name] += 1
        elif isinstance(node, ast.arg):
            found[node.arg] += 1
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] += 1
    return found


def check_externs(tree: ast.Module, externs: Externs) -> None:
    """Raise AssertionError unless every name of an extern op is bound once, by its import."""
    bound = _bindings(tree)
    made = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for key, name in externs.items():
        if made.get(name) != key or bound[name] != 1:
            raise AssertionError(f"{name} is {made.get(name)}, bound {bound[name]} times")


def named(form: TorchForm, externs: Externs) -> TorchForm:
    """The form with the class of an extern op under its name in the emitted module."""
    if isinstance(form, TorchModule) and form.package:
        return form._replace(cls=externs[form.package, form.cls])
    return form


# --- Lines ----------------------------------------------------------------------------------------


def needed(code: str, externs: Externs) -> list[Import]:
    """What code imports of Python and PyTorch, and the classes of extern ops."""
    read = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    found = [
        Import(home, name, alias)
        for home, name, alias in (
            ("collections", "OrderedDict", ""),
            ("typing", "NamedTuple", ""),
            ("torch", "", ""),
            ("torch", "Tensor", ""),
            ("torch", "nn", ""),
            ("torch.nn", "functional", "F"),
        )
        if (alias or name or home) in read
    ]
    return found + [
        Import(home, name, "" if local == name else local)
        for (home, name), local in externs.items()
    ]


def import_lines(imports: Iterable[Import]) -> list[str]:
    """Import statements: Python's own modules first, then all others."""
    sections: tuple[list[Import], list[Import]] = ([], [])
    for one in imports:
        sections[one.home.partition(".")[0] not in sys.stdlib_module_names].append(one)
    standard, library = map(_section, sections)
    return [*standard, *([""] if standard and library else []), *library]


def _section(imports: list[Import]) -> list[str]:
    """`import` before `from`; members of one module share a line, unless they are renamed."""
    lines = [f"import {one.home}" for one in sorted(imports, key=_order) if not one.name]
    members = sorted((one for one in imports if one.name), key=_order)
    together: dict[str, list[Import]] = {}
    for one in members:
        if not one.alias:
            together.setdefault(one.home, []).append(one)
    for one in members:
        group = [one] if one.alias else together[one.home]
        if group[0] is one:
            names = [each.name + (f" as {each.alias}" if each.alias else "") for each in group]
            lines += _statement(one.home, names)
    return lines


def _statement(home: str, names: list[str]) -> list[str]:
    line = f"from {home} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {home} import (", *(f"{STEP}{name}," for name in names), ")"]


def _order(one: Import) -> tuple[object, ...]:
    """isort's order: by module, then constants, classes and the rest, numbers by their value."""
    name = one.name
    kind = 0 if len(name) > 1 and name.isupper() else 1 if name[:1].isupper() else 2
    return (
        *(_natural(one.home.lower()), _natural(one.home), kind),
        *(_natural(name.lower()), _natural(name), one.alias),
    )


def _natural(text: str) -> list[tuple[bool, int, str]]:
    parts: list[str] = re.findall(r"\d+|\D", text)
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]
