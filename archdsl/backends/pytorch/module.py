"""The whole text of an emitted module."""

import ast
import os
import re
from collections.abc import Collection

from archdsl.analysis import Analysis
from archdsl.backends.pytorch.bodies import Outputs
from archdsl.backends.pytorch.check import check
from archdsl.backends.pytorch.classes import Assignment, Classes
from archdsl.backends.pytorch.imports import (
    Externs,
    Import,
    externs_of,
    import_lines,
    needed,
    without_clashes,
)
from archdsl.backends.pytorch.members import Interface
from archdsl.backends.pytorch.printer import STEP, WIDTH
from archdsl.backends.pytorch.text import camel_case, docstring, plain, safe
from archdsl.backends.pytorch.writing import ClassText, write_class
from archdsl.graph.ir import Graph
from archdsl.ops.base import TorchCall, TorchModule
from archdsl.ops.torch_support import SUPPORT
from archdsl.transfer.plan import Plan


def module_text(graph: Graph, plan: Plan | None = None) -> str:
    """The module of a network: its docstring, imports, helper classes, a class for each block, the
    network; of a plan for it, also what trains the network.
    """
    externs = externs_of(graph)
    text = _text(graph, plan, externs)
    if externs:
        # What a module binds shows only in its text.
        free = without_clashes(externs, text)
        while free != externs:
            externs, text = free, _text(graph, plan, free)
            free = without_clashes(externs, text)
    tree = ast.parse(text)
    if plan is not None:
        from archdsl.backends.pytorch.plan_check import check_plan

        tree = check_plan(tree, plan)
    check(tree, graph, frozenset(_helpers(graph)), externs)
    return text


def _text(graph: Graph, plan: Plan | None, externs: Externs) -> str:
    classes = Classes(graph, externs)
    names = _Names(graph, classes, _reserved(graph, plan))
    outputs = _outputs(graph, classes, names)
    finished: list[Interface] = []
    texts: list[ClassText] = []
    for assignment in classes.assignments:
        is_network = assignment.number == len(classes.assignments) - 1
        name = names.network if is_network else names.of(assignment)
        doc = _network_doc(graph, assignment) if is_network else assignment.node.doc
        text = write_class(
            classes, assignment, finished, name, doc, outputs if is_network else None
        )
        finished.append(text.interface)
        texts.append(text)
    chunks = [SUPPORT[name].split("\n") for name in _helpers(graph)]
    chunks += [text.lines for text in texts[:-1]]
    if len(outputs.fields) > 1:
        chunks.append(_record(outputs, graph.name, texts[-1].optional))
    chunks.append(texts[-1].lines)
    imports: list[Import] = []
    if plan is not None:
        from archdsl.backends.pytorch.plans import write_plan

        written = write_plan(plan, class_name(plan), names.network)
        chunks += written.chunks
        imports += written.imports
    code = "\n\n\n".join("\n".join(chunk) for chunk in chunks)
    imports += needed(code, externs)
    head = "\n".join([*_docstring(graph, plan), "", *import_lines(imports)])
    return f"{head}\n\n\n{code}\n"


def class_name(subject: Graph | Plan) -> str:
    """The name of the class of a network, where no plan stands beside it, or of a plan: its own,
    unless Python or a helper has it.
    """
    if isinstance(subject, Graph):
        return _free_of(subject.name, _reserved(subject, None))
    return _free_of(subject.name, _taken(subject))


def _free_of(name: str, taken: Collection[str]) -> str:
    name = safe(name)
    while name in taken:
        name += "_"
    return name


def _taken(plan: Plan) -> set[str]:
    """The names that the text of a plan and the helper classes of its network have."""
    from archdsl.backends.pytorch.plans import RESERVED

    return {*_helpers(plan.graph), *RESERVED}


def _reserved(graph: Graph, plan: Plan | None) -> set[str]:
    """The names that no class of the network has."""
    return set(_helpers(graph)) if plan is None else {*_taken(plan), class_name(plan)}


class _Names:
    """Class names: the blocks' own, levels after their names, the network's last in the file."""

    def __init__(self, graph: Graph, classes: Classes, reserved: set[str]) -> None:
        self.graph = graph
        self.classes = classes
        self.used = reserved
        self.blocks = {
            safe(assignment.node.definition)
            for assignment in classes.assignments
            if assignment.node.definition
        }
        self.network = self._reserved(_free_of(graph.name, reserved))
        self.record = self._free(f"{self.network}Output")

    def of(self, assignment: Assignment) -> str:
        node = assignment.node
        if node.definition:
            return self._reserved(safe(node.definition))
        own = camel_case(_stem(self.classes.names(assignment)) or node.name)
        if own in self.used | self.blocks:
            own = camel_case(node.name)
        if node.name.isdigit() or own in self.used | self.blocks:
            parent = node.parent
            while parent is not None and not (
                self.graph.instances[parent].definition
                or not self.graph.instances[parent].name.isdigit()
            ):
                parent = self.graph.instances[parent].parent
            around = self.graph.instances[parent or 0]
            own = camel_case(around.definition or around.name) + own.removeprefix("Level")
        return self._free(safe(own))

    def _reserved(self, name: str) -> str:
        """The name of a block or of the network: its first class has it, further ones a number."""
        if name in self.used:
            return self._free(name)
        self.used.add(name)
        return name

    def _free(self, name: str) -> str:
        """A name that neither a class nor a block has."""
        separator = "_" if name[-1].isdigit() else ""
        number, found = 2, name
        while found in self.used or found in self.blocks:
            found, number = f"{name}{separator}{number}", number + 1
        self.used.add(found)
        return found


def _stem(names: list[str]) -> str:
    """`dec` for the levels `dec0` and `dec1` of one statement; levels that all have one name keep
    it. Empty where the names differ in more than numbers.
    """
    stems = {re.sub(r"\d+", "", name) for name in names} if len(set(names)) > 1 else set(names)
    return stems.pop() if len(stems) == 1 else ""


def _helpers(graph: Graph) -> list[str]:
    """The helper classes that the layers need, in the order of `SUPPORT`."""
    needed: set[str] = set()
    seen: set[int] = set()
    for step in graph.steps:
        if id(step.layer) in seen:
            continue
        seen.add(id(step.layer))
        form = step.layer.op.pytorch(step.layer)
        if isinstance(form, TorchCall) and form.module is not None:
            form = form.module
        if isinstance(form, TorchModule) and form.support:
            needed.add(form.cls)
    return [name for name in SUPPORT if name in needed]


def _outputs(graph: Graph, classes: Classes, names: _Names) -> Outputs:
    writes = list(dict.fromkeys(output.value for output in graph.outputs))
    fields: list[tuple[str, int, bool]] = []
    for output in graph.outputs:
        # The names of a tuple's own methods cannot be fields, nor can names with a leading
        # underscore.
        name = safe(output.name).lstrip("_") or "output"
        while name in ("count", "index") or any(name == known for known, _, _ in fields):
            name += "_"
        fields.append((name, writes.index(output.value), output.training))
    return Outputs(names.record, tuple(fields))


def _record(outputs: Outputs, network: str, optional: bool) -> list[str]:
    """The named tuple of several outputs; fields of training mode may hold None where `optional`
    says so, or where evaluation returns the tuple, too.
    """
    lasting = [name for name, _, training in outputs.fields if not training]
    training_only = len(lasting) == 1 and len(outputs.fields) > 1
    doc = f"What {network} returns{' in training mode' if training_only else ''}."
    lines = [f"class {outputs.record}(NamedTuple):", *docstring(doc, STEP), ""]
    for name, _, training in outputs.fields:
        missing = training and (optional or not training_only)
        lines.append(f"{STEP}{name}: Tensor{' | None' if missing else ''}")
    return lines


def _network_doc(graph: Graph, assignment: Assignment) -> str:
    return graph.doc or assignment.node.doc


def _docstring(graph: Graph, plan: Plan | None) -> list[str]:
    """The module's docstring. Its first two lines are ours: user text there could declare an
    encoding.
    """
    analysis = Analysis(graph)
    subject = plan or graph
    source = subject.span.source.name.replace("\\", "/")
    source = plain(os.path.basename(source)).replace("\n", " ")
    what = "" if plan is None else f": a plan to fine-tune {graph.name}"
    figures = f"Parameters: {analysis.params:,}"
    macs = analysis.macs
    if macs is not None:
        shapes = ", ".join(
            f"[{', '.join(map(str, shape))}]"
            for given in graph.inputs
            if (shape := analysis.shape(given.value)) is not None
        )
        figures += f"; multiply-adds: {macs:,}"
        inputs = f"for an input of {shapes}."
        # No line ends within a shape where that can be helped.
        figures += (" " if len(figures) + len(inputs) < WIDTH - 3 else "\n") + f"{inputs}\n"
        figures += "Shapes in comments are for that input and leave out the batch"
    head = f"{subject.name}, compiled by archdsl from {source}{what}."
    return docstring(f"{head}\n\n{figures}.", "")
