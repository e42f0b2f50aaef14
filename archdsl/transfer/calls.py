"""The calls of a plan and their arguments."""

from collections.abc import Callable, Mapping

from archdsl.annotations import TypeAlias
from archdsl.elaborate.binding import assign, missing, wrong_type
from archdsl.elaborate.expressions import Place
from archdsl.elaborate.mistakes import Mistake
from archdsl.elaborate.session import Session
from archdsl.elaborate.suggest import proposal
from archdsl.elaborate.values import text_of
from archdsl.records import NamedTuple
from archdsl.syntax import ast


class Number(NamedTuple):
    """What an argument may be, where it is a number.

    Attributes:
        fraction: whether it need not be whole.
        fault: what is wrong with a value, or None.
    """

    fraction: bool
    fault: Callable[[int | float], str | None]


def _rate(value: int | float) -> str | None:
    return None if value > 0 else "must be above 0"


def _decay(value: int | float) -> str | None:
    return None if 0 < value <= 1 else "must be above 0 and at most 1"


def _epoch(value: int | float) -> str | None:
    return None if value >= 0 else "must be 0 or more"


def _count(value: int | float) -> str | None:
    return None if value >= 1 else "must be at least 1"


RATE, DECAY = Number(True, _rate), Number(True, _decay)
EPOCH, COUNT = Number(False, _epoch), Number(False, _count)

LAYERS = "layers"
TEXT = "text"

Kind: TypeAlias = "Number | str | tuple[str, ...]"
"""A number, one of some words, `TEXT`, or `LAYERS`, which stay as they are written."""

Values: TypeAlias = Mapping[str, object]

PARAMETERS: dict[str, dict[str, Kind]] = {
    "weights": {"file": TEXT, "except": LAYERS},
    "train": {"layers": LAYERS, "lr": RATE, "from_epoch": EPOCH, "decay": DECAY},
    "freeze": {"layers": LAYERS},
}
NEEDED = {"weights": ("file",), "train": ("layers",), "freeze": ("layers",)}


def arguments(
    session: Session,
    call: ast.Call,
    parameters: Mapping[str, Kind],
    needed: tuple[str, ...],
    place: Place,
) -> dict[str, object]:
    """The values of the arguments that are written; layers stay expressions. Raises `Mistake`."""
    name = call.name.id
    _check_named(call, parameters)
    values: dict[str, object] = {}
    for key, argument in assign(name, parameters, call.args or (), {}).items():
        kind = parameters[key]
        if kind == LAYERS:
            values[key] = argument.value
            continue
        value = session.evaluator.value(argument.value, place)
        span = argument.value.span
        if isinstance(kind, Number):
            whole = type(value) is int
            if not whole and not (kind.fraction and type(value) is float):
                raise wrong_type(name, key, "float" if kind.fraction else "int", value, span)
            assert isinstance(value, int | float)
            fault = kind.fault(value)
            if fault is not None:
                raise Mistake(
                    "E309",
                    f"`{key}` of `{name}` {fault}, not {text_of(value)}",
                    span,
                    help="`freeze` keeps layers as they are" if kind is RATE else None,
                )
        elif not isinstance(value, str):
            raise wrong_type(name, key, "str", value, span)
        elif not isinstance(kind, str) and value not in kind:
            listed = ", ".join(f'"{word}"' for word in kind)
            raise Mistake(
                "E206",
                f"`{key}` of `{name}` cannot be {text_of(value)}",
                span,
                help=proposal(value, kind, f"it is one of {listed}"),
            )
        values[key] = value
    for key in needed:
        if key not in values:
            raise missing(name, key, "", call.span)
    return values


def _check_named(call: ast.Call, parameters: Mapping[str, Kind]) -> None:
    """All layers are one argument, and what is said of them has a name. Raises `Mistake`."""
    unnamed = [argument for argument in call.args or () if argument.name is None]
    if len(unnamed) > 1 and next(iter(parameters)) == LAYERS:
        name = call.name.id
        listed = ", ".join(argument.span.text for argument in unnamed)
        raise Mistake(
            "E205",
            f"`{name}` takes its layers as one argument, and this is number 2",
            unnamed[1].span,
            help=f"several layers are a list: `{name}([{listed}])`",
        )
