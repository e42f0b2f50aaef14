"""Every rule in one line. A rule's module is loaded only where a network has what it looks for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module

from archdsl.diagnostics import Severity
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.records import NamedTuple

Check = Callable[[Net], Iterator[Finding]]


class Rule(NamedTuple):
    """What the engine knows of a rule before it loads it.

    Attributes:
        triggers: ops, kinds of inputs (`image`) or facts (`loss`) of which a network must have one
            for the rule to have anything to say; empty for any network.
        default: whether it runs unless it is asked for.
    """

    code: str
    name: str
    severity: Severity
    triggers: tuple[str, ...] = ()
    default: bool = True

    @property
    def module(self) -> str:
        return f"archdsl.lint.rules.{self.code.lower()}_{self.name.replace('-', '_')}"

    def applies(self, features: frozenset[str]) -> bool:
        """Whether a network with these ops, input kinds and facts can have a finding."""
        return not self.triggers or not features.isdisjoint(self.triggers)

    def load(self) -> Check:
        """The rule's `check`: yields what it finds in one network."""
        check: Check = import_module(self.module).check
        return check


CONVS = ("conv", "depthwise", "pointwise", "conv_transpose")
NORMS = ("bn", "gn", "instance_norm", "ln")
ACTIVATIONS = (
    *("relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "mish", "hardswish"),
    *("hardsigmoid", "sigmoid", "tanh", "softplus", "softmax", "log_softmax"),
)

_RULES = (
    Rule("P108", "bias-before-norm", "warning", ("bn", "instance_norm", "gn")),
    Rule("P110", "double-activation", "warning", ACTIVATIONS),
    Rule("D205", "large-linear-head", "warning", ("linear",)),
)

RULES: Mapping[str, Rule] = {rule.code: rule for rule in _RULES}


def names_rule(selector: str, code: str) -> bool:
    """Whether a selector means the rule of this code: the code, a prefix of it, or its name."""
    if selector[:1].isupper():
        return code.startswith(selector)
    return code in RULES and RULES[code].name == selector


def selected(select: Sequence[str], ignore: Sequence[str]) -> list[Rule]:
    """The rules to run: those selected, or else the default ones, less the ignored ones."""
    return [
        rule
        for rule in _RULES
        if (any(names_rule(selector, rule.code) for selector in select) if select else rule.default)
        and not any(names_rule(selector, rule.code) for selector in ignore)
    ]
