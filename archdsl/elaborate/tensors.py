"""Values of the network in expressions: by computed name, their sizes, and their inner values."""

from archdsl.annotations import TYPE_CHECKING
from archdsl.elaborate.mistakes import Mistake, Unknown
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.suggest import listed
from archdsl.elaborate.values import Tensor
from archdsl.source import Span
from archdsl.syntax import ast

if TYPE_CHECKING:
    from archdsl.elaborate.session import Session

_RANKS_WITH = {"depth": (3,), "height": (2, 3), "width": (2, 3), "length": (1,)}
"""Numbers of spatial axes with which a value has these sizes."""
AXES = {"channels": 0, "depth": -3, "height": -2, "width": -1, "length": -1}


def tensor_named(session: "Session", name: str, span: Span, scope: Scope) -> Tensor:
    """The value that a computed name means."""
    binding = scope.find(name)
    if binding is None or not isinstance(binding.value, Tensor):
        values = sorted(known for known in scope.visible() if _is_tensor(scope, known))
        otherwise = f"the values here are {listed(values)}" if values else None
        raise Mistake(
            "E201",
            f'there is no value named "{name}" here',
            span,
            help=session.proposal(name, lambda: values, otherwise),
        )
    return single(binding.value, span)


def _is_tensor(scope: Scope, name: str) -> bool:
    binding = scope.find(name)
    return binding is not None and isinstance(binding.value, Tensor)


def attribute(session: "Session", tensor: Tensor, name: ast.Name) -> object:
    """`.channels`, `.height`, … of a value, or the inner value of a named step by path."""
    type_ = session.builder.types[tensor.value]
    if name.id in AXES or name.id in ("shape", "rank"):
        single(tensor, name.span)
        if type_ is None:
            raise Unknown
        if name.id == "shape":
            return type_.shape
        if name.id == "rank":
            return type_.rank
        axis = AXES[name.id]
        if type_.rank not in _RANKS_WITH.get(name.id, (0, 1, 2, 3)):
            raise Mistake("E305", f"a value of shape {type_} has no {name.id}", name.span)
        return type_.shape[axis]
    return inner(session, tensor, name.id, name.span)


def inner(session: "Session", tensor: Tensor, name: str, span: Span) -> Tensor:
    """An inner value of a named step, by its name there."""
    if tensor.instance is None:
        if session.builder.types[tensor.value] is None:
            raise Unknown
        raise Mistake(
            "E220",
            f"this value has nothing named `{name}`",
            span,
            help="a tensor has .channels, .height, .width, .depth, .length, .shape and .rank",
        )
    names = session.builder.instances[tensor.instance].names
    if name not in names:
        if session.builder.types[tensor.value] is None:
            raise Unknown
        path = session.builder.instances[tensor.instance].path
        known = list(names)
        raise Mistake(
            "E220",
            f"`{path}` holds nothing named `{name}`",
            span,
            help=session.proposal(
                name, lambda: known, f"it holds {listed(known)}" if known else None
            ),
        )
    value, instance = names[name]
    return Tensor(value, instance)


def single(tensor: Tensor, span: Span) -> Tensor:
    """A value that is one tensor, not a network's several outputs."""
    if tensor.several:
        raise Mistake(
            "E215",
            f"`{span.text}` has {len(tensor.several)} outputs, and one is needed here",
            span,
            help=f"read one by path: {', '.join(f'`.{name}`' for name in tensor.several)}",
        )
    return tensor
