"""Facts about the task that a network states: the size of its dataset, its loss, how it trains."""

from archdsl.annotations import TYPE_CHECKING
from archdsl.elaborate.binding import assign, missing, wrong_type
from archdsl.elaborate.expressions import Place
from archdsl.elaborate.mistakes import Mistake
from archdsl.elaborate.suggest import proposal
from archdsl.elaborate.values import text_of
from archdsl.graph.ir import Fact
from archdsl.syntax import ast

if TYPE_CHECKING:
    from archdsl.elaborate.session import Session

LOSSES = ("cross_entropy", "nll", "bce", "bce_with_logits", "mse")
DOMAINS = ("similar", "different")

PARAMETERS: dict[str, dict[str, type | tuple[str, ...]]] = {
    "dataset": {"images": int, "classes": int, "domain": DOMAINS},
    "loss": {"name": LOSSES},
    "batch": {"size": int},
    "epochs": {"count": int},
}
"""What each fact says: a count, or one of some words. `dataset` may leave things open."""


def stated(session: "Session", call: ast.Call, place: Place) -> Fact:
    """The fact that a statement states. Raises `Mistake`."""
    name = call.name.id
    parameters = PARAMETERS[name]
    args: dict[str, object] = {}
    for key, argument in assign(name, parameters, call.args or (), {}).items():
        value = session.evaluator.value(argument.value, place)
        words = parameters[key]
        span = argument.value.span
        if isinstance(words, tuple):
            if value not in words:
                listed = ", ".join(f'"{word}"' for word in words)
                raise Mistake(
                    "E206",
                    f"`{key}` of `{name}` cannot be {text_of(value)}",
                    span,
                    help=proposal(str(value), words, f"it is one of {listed}"),
                )
        elif type(value) is not words:
            raise wrong_type(name, key, words.__name__, value, span)
        elif isinstance(value, int) and value < 1:
            raise Mistake("E309", f"`{key}` of `{name}` must be at least 1, not {value}", span)
        args[key] = value
    if name != "dataset":
        for key in parameters:
            if key not in args:
                raise missing(name, key, "", call.span)
    return Fact(name, args, call.span)


def not_a_layer(call: ast.Call) -> Mistake:
    """A fact where a layer is asked for."""
    return Mistake(
        "E217",
        f"`{call.name.id}` states a fact about the network; it is no layer",
        call.span,
        help=f"write `{call.name.id}(...)` as a statement of its own",
    )
