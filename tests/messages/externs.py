"""Minimal programs for every message about an `extern op`."""

from tests.elaborate.programs import network
from tests.messages.case import Case, body

SHAPE = "shape [input.channels, ceil(input.height / 2), ceil(input.width / 2)]"


def declared(entries: str, head: str = "Blur(size: int = 3)") -> str:
    return f"extern op {head} {{\n  {entries}\n}}\n"


def applied(
    title: str, entries: str, call: str = "Blur", head: str = "Blur(size: int = 3)"
) -> Case:
    """A network in which a block applies the op, so that the trail of calls shows."""
    unit = f"block Unit {{\n  conv(8) -> {call}\n}}\n"
    return body(title, "Unit", declared(entries, head) + unit)


EXTERNS = [
    Case("no shape", declared('pytorch "kornia.filters:BlurPool2D"')),
    Case("unknown entry", declared(f"{SHAPE}; parms 0")),
    Case("unknown entry, nothing near", declared(f"{SHAPE}; zzz 0")),
    Case("an entry twice", declared(f"{SHAPE}\n  params 0\n  params 1")),
    Case("several mistakes", declared("params 0; params 1; zzz 0", "conv(size: int)")),
    Case("the name of an op", declared(SHAPE, "channel_shuffle")),
    Case("the name of a fact", declared(SHAPE, "loss")),
    Case("a class without a module", declared(f'{SHAPE}; pytorch "BlurPool2D"')),
    Case("a call for a class", declared(f'{SHAPE}; pytorch "os:system(\\"ls\\")"')),
    Case("code for a class", declared(f'{SHAPE}; pytorch "a:B\\nimport os"')),
    Case("a computed class", declared(f'{SHAPE}; pytorch "kornia:Blur{{size}}"')),
    Case("an empty class", declared(f'{SHAPE}; pytorch ""')),
    Case("no string for a class", declared(f"{SHAPE}; pytorch kornia.filters")),
    Case("a class of a relative module", declared(f'{SHAPE}; pytorch ".filters:Blur"')),
    Case("a class in letters that Python folds", declared(f'{SHAPE}; pytorch "kornia:ﬁlter"')),
    Case("a reserved word in a class", declared(f'{SHAPE}; pytorch "a.import:B"')),
    Case("a name that Python mangles", declared(f'{SHAPE}; pytorch "a:__B"')),
    Case("a module that is none", declared(f'{SHAPE}; pytorch "__future__:annotations"')),
    Case("an operator without a domain", declared(f'{SHAPE}; onnx "BlurPool"')),
    Case("an operator of ONNX itself", declared(f'{SHAPE}; onnx "ai.onnx:Relu"')),
    Case("a block as parameter", declared(SHAPE, "Blur(act: block)")),
    Case("a tensor as parameter", declared(SHAPE, "Blur(skip: list[tensor] | none = none)")),
    Case("a reserved word as parameter", declared(SHAPE, "Blur(from: int)")),
    Case("a mangled parameter", declared(SHAPE, "Blur(__size: int)")),
    Case("an unknown type", declared(SHAPE, "Blur(size: integer)")),
    Case("a default of another type", declared(SHAPE, "Blur(size: int = 1.5)")),
    Case("unknown names, not applied", declared("shape [chanels, size]\n  params pramas")),
    applied("unknown name where no network looks", "shape [3 if size > 2 else chanels]"),
    applied("unknown name in the shape", "shape [input.channels, chanels]"),
    applied("no list", "shape input.channels"),
    applied("an empty list", "shape []"),
    applied("a float", "shape [input.channels, input.channels / 2]"),
    applied("a float in a computed list", "shape [n / 2 for n in [4, 5]]"),
    applied("a text", 'shape [input.channels, "same"]'),
    applied("a truth value", "shape [input.channels, true]"),
    applied("a shape that is not rounded", "shape [input.channels, input.height / 2]"),
    applied("a quotient with a factor", "shape [input.channels, ceil(input.height / 2 * 2)]"),
    applied("a negative size", "shape [input.channels, size - 5]"),
    applied("a size of 0", "shape [0]"),
    applied("too large", "shape [input.channels, 2 ** 31]"),
    applied("division by zero", "shape [input.channels, ceil(input.height / (size - 3))]"),
    applied("sizes that the input does not have", "shape [input.channels, input.length]"),
    applied("the current value in the shape", "shape prev.shape"),
    body(
        "a shape that is too small at the sampled sizes",
        "conv(8) -> Blur(40)",
        declared("shape [input.channels, input.height - size + 1, input.width]"),
    ),
    applied("params that are no whole number", f"{SHAPE}; params 0.5"),
    applied("params that depend on a size", f"{SHAPE}; params input.height"),
    applied("params below 0", f"{SHAPE}; params size - 4"),
    applied("an argument of another type", SHAPE, "Blur(2.5)"),
    applied("an argument that depends on a size", SHAPE, "Blur(size=input.height)"),
    applied("a list that depends on a size", SHAPE, "Blur(n=[input.height])", "Blur(n: list[int])"),
    applied("an unknown argument", SHAPE, "Blur(sise=3)"),
    applied("a missing argument", SHAPE, "Blur", "Blur(size: int)"),
    body(
        "a shared op with other parameters",
        "shared op = Norm\na = x -> op\nconv(8) -> op",
        declared("shape input.shape; params 2 * input.channels", "Norm"),
    ),
    body("changed defaults", "default Blur(size=5)\nBlur", declared(SHAPE)),
    body(
        "a projection past an op that changes sizes",
        "residual { conv(8) -> Blur } shortcut project",
        declared(SHAPE),
    ),
    Case(
        "an imported op that is wrong",
        'from "ops.arch" import Blur\n' + network("Blur"),
        {"ops.arch": declared("params 0")},
    ),
]
