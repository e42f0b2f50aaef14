"""The emitted text of a plan, read again: does its table say what the plan says?"""

import ast
from typing import Any

from archdsl.backends.pytorch.plan_layers import tensors, within
from archdsl.backends.pytorch.plans import attribute_names
from archdsl.transfer.plan import Group, Plan

_Row = tuple[str, float | None, tuple[str, ...], int]


def check_plan(tree: ast.Module, plan: Plan) -> ast.Module:
    """The module without the definitions of the plan.

    Raises:
        AssertionError: the table has other groups than the plan, a parameter of the network is not
            in the layers of its own group alone, or other weights are loaded.
    """
    constants = _constants(tree.body[-1], plan)
    table = constants.pop("GROUPS")
    assert isinstance(table, ast.Tuple)
    rows = [_row(node) for node in table.elts]
    for row, group in zip(rows, plan.groups, strict=True):
        _check_group(row, group)
    _check_members(rows, plan)
    values = {name: _value(node) for name, node in constants.items()}
    wanted: dict[str, object] = {}
    if plan.weights is not None:
        wanted["WEIGHTS"] = plan.weights.file
        if plan.weights.replaced:
            wanted["REPLACED"] = plan.weights.replaced
    if values != wanted:
        raise AssertionError(f"{values} instead of {wanted}")
    definitions = 3 if plan.weights is None else 4
    return ast.Module(tree.body[:-definitions], tree.type_ignores)


def _constants(node: ast.stmt, plan: Plan) -> dict[str, ast.expr]:
    """The values of the class's constants, by the names that they have in most classes."""
    if not isinstance(node, ast.ClassDef):
        raise AssertionError(f"line {node.lineno} is not the plan's class")
    own = {written: name for name, written in attribute_names(plan.graph).items()}
    found: dict[str, ast.expr] = {}
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            (target,) = statement.targets
            assert isinstance(target, ast.Name)
            found[own[target.id]] = statement.value
        elif not isinstance(statement, ast.FunctionDef) and statement is not node.body[0]:
            raise AssertionError(f"line {statement.lineno} is no constant and no method")
    return found


def _row(node: ast.expr) -> _Row:
    assert isinstance(node, ast.Call)
    (name,) = node.args
    values = {one.arg: _value(one.value) for one in node.keywords}
    row = ast.literal_eval(name), values.pop("rate"), values.pop("layers")
    return *row, values.pop("first_epoch", 0)


def _value(node: ast.expr) -> Any:
    """A number, a string, or a tuple, parts of which may be loops."""
    if isinstance(node, ast.Tuple):
        return tuple(
            value
            for item in node.elts
            for value in (_loop(item.value) if isinstance(item, ast.Starred) else [_value(item)])
        )
    return tuple(_loop(node.args[0])) if isinstance(node, ast.Call) else ast.literal_eval(node)


def _loop(node: ast.expr) -> list[str]:
    """The strings of `f"features.{i}" for i in range(2, 4)`."""
    assert isinstance(node, ast.GeneratorExp) and isinstance(node.elt, ast.JoinedStr)
    stem, _ = node.elt.values
    assert isinstance(stem, ast.Constant) and isinstance(node.generators[0].iter, ast.Call)
    bounds = map(ast.literal_eval, node.generators[0].iter.args)
    return [str(stem.value) + str(number) for number in range(*bounds)]


def _check_group(row: _Row, group: Group) -> None:
    name, rate, _, first_epoch = row
    if (name, rate, first_epoch) != (group.name, group.rate, group.first_epoch):
        raise AssertionError(f"{row} instead of {group}")


def _check_members(rows: list[_Row], plan: Plan) -> None:
    """Every tensor is in the layers of one group, every parameter in those of its own."""
    owners = {parameter: group.name for group in plan.groups for parameter in group.parameters}
    trained = {key for key, weight in plan.graph.weights() if weight.trainable}
    holds = {name: within(layers) for name, _, layers, _ in rows}
    for key in tensors(plan.graph):
        holders = [name for name in holds if holds[name](key)]
        if len(holders) != 1 or (key in trained and holders != [owners.get(key)]):
            raise AssertionError(f"{key} is in {holders} instead of {owners.get(key)}")
