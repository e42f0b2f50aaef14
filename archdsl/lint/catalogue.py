"""Every rule in one line. A rule's module is loaded only where a network has what it looks for.

Nothing else of the package is loaded with this table: `archdsl lint` answers from its cache in a
fraction of the time that its rules take to start.
"""

from archdsl.records import NamedTuple

# What `typing` would say, without the time that it takes to load.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any


class Rule(NamedTuple):
    """What the engine knows of a rule before it loads it.

    Attributes:
        severity: ``warning`` or ``note``.
        triggers: ops, kinds of inputs (`image`), facts (`loss`), `strided` or `dilated`, of which a
            network must have one for the rule to have anything to say; of a plan, the calls that
            it must have. Empty for any.
        scope: what its `check` looks at: a ``network`` (`lint.net.Net`), a ``plan`` (`lint.planned.
            Planned`), a ``file`` (`lint.file.File`), or the ``comments`` that silence findings, of
            which the engine itself reports.
        default: whether it runs unless it is asked for.
    """

    code: str
    name: str
    severity: str
    triggers: tuple[str, ...] = ()
    scope: str = "network"
    default: bool = True

    @property
    def module(self) -> str:
        return f"archdsl.lint.rules.{self.code.lower()}_{self.name.replace('-', '_')}"

    def applies(self, features: frozenset[str]) -> bool:
        """Whether a network or plan with these features can have a finding."""
        return not self.triggers or not features.isdisjoint(self.triggers)

    def load(self) -> "Callable[..., Any]":
        """The rule's `check`, which yields `lint.finding.Finding`s."""
        from importlib import import_module

        check: Callable[..., Any] = import_module(self.module).check
        return check


CONVS = ("conv", "depthwise", "pointwise", "conv_transpose")
NORMS = ("bn", "gn", "instance_norm", "ln")
GLOBAL_POOLS = ("gap", "gmp", "adaptive_avgpool", "adaptive_maxpool", "avgpool", "mean")
ACTIVATIONS = (
    *("relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "mish", "hardswish"),
    *("hardsigmoid", "sigmoid", "tanh", "softplus", "softmax", "log_softmax"),
)

_RULES = (
    Rule("P101", "conv-on-tabular", "warning", ("tabular",)),
    Rule("P102", "lost-border", "warning", ("strided", "upsample", "pixel_shuffle")),
    Rule("P103", "norm-before-conv", "warning", NORMS),
    Rule("P104", "scratch-on-small-data", "warning", ("dataset",), scope="file"),
    Rule("P105", "flatten-early", "warning", ("linear",)),
    Rule("P106", "softmax-with-cross-entropy", "warning", ("loss",)),
    Rule("P107", "dropout-before-norm", "warning", ("dropout",)),
    Rule("P108", "bias-before-norm", "warning", ("bn", "instance_norm", "gn")),
    Rule("P109", "no-activation", "warning", (*CONVS, "linear")),
    Rule("P110", "double-activation", "warning", ACTIVATIONS),
    Rule("P111", "stride-skips-pixels", "warning", ("strided",)),
    Rule("P112", "dilation-gridding", "warning", ("dilated",)),
    Rule("P113", "checkerboard", "warning", ("conv_transpose",)),
    Rule("P114", "stem-too-aggressive", "warning", ("strided",)),
    Rule("P115", "receptive-field-too-small", "warning", GLOBAL_POOLS),
    Rule("P116", "channel-order", "warning", ("image",)),
    Rule("P117", "norm-on-single-value", "warning", ("instance_norm", "gn", "batch")),
    Rule("P118", "droppath-without-skip", "warning", ("droppath",)),
    Rule("D201", "channels-shrink", "note", (*CONVS, "strided")),
    Rule("D202", "large-kernel", "note", ("conv",)),
    Rule("D203", "conv-without-norm", "note", NORMS),
    Rule("D204", "deep-without-skips", "warning", (*CONVS, "linear")),
    Rule("D205", "large-linear-head", "warning", ("linear",)),
    Rule("D206", "depthwise-unmixed", "note", ("depthwise", "conv")),
    Rule("D207", "separable-saves", "note", ("conv",)),
    Rule("D208", "relu-before-add", "note", ("add",)),
    Rule("D209", "channels-not-multiple-of-8", "note", CONVS, default=False),
    Rule("D210", "dropout-on-maps", "note", ("dropout",)),
    Rule("T301", "head-frozen", "warning", ("weights",), scope="plan"),
    Rule("T302", "rate-order", "warning", scope="plan"),
    Rule("T303", "all-at-once", "warning", ("dataset",), scope="plan"),
    Rule("T304", "frozen-norm", "note", scope="plan"),
    Rule("T305", "never-unfrozen", "warning", ("epochs",), scope="plan"),
    Rule("T306", "features-for-different-data", "warning", ("dataset",), scope="plan"),
    Rule("T307", "weights-not-here", "note", ("weights",), scope="plan"),
    Rule("S401", "unused", "warning", scope="file"),
    Rule("S402", "could-repeat", "note", scope="file"),
    Rule("S403", "suppression-without-reason", "note", scope="comments"),
    Rule("S404", "unused-suppression", "warning", scope="comments"),
    Rule("S405", "unnamed-output-layer", "note"),
    Rule("S406", "shadows-op", "warning", scope="file"),
)

RULES: "Mapping[str, Rule]" = {rule.code: rule for rule in _RULES}


def names_rule(selector: str, code: str) -> bool:
    """Whether a selector means the rule of this code: the code, a prefix of it, or its name."""
    if selector[:1].isupper():
        return code.startswith(selector)
    return code in RULES and RULES[code].name == selector


def selected(select: "Sequence[str]" = (), ignore: "Sequence[str]" = ()) -> list[Rule]:
    """The rules to run: those selected, or else the default ones, less the ignored ones."""
    return [
        rule
        for rule in _RULES
        if (any(names_rule(one, rule.code) for one in select) if select else rule.default)
        and not any(names_rule(one, rule.code) for one in ignore)
    ]
