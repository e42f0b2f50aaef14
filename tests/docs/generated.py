"""The sections of the documentation that are generated, from the code that they describe."""

import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import archdsl
from archdsl import ops, resources
from archdsl.elaborate.values import text_of
from archdsl.lint.catalogue import RULES
from archdsl.lint.pages import page, summary
from archdsl.ops.base import REQUIRED, Op, Parameter, SameAs


def table(head: tuple[str, ...], rows: list[tuple[str, ...]], align: str = "") -> str:
    """A Markdown table; `align` has an `r` for each column that is set to the right."""
    rules = ["---:" if side == "r" else "---" for side in align.ljust(len(head))]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, tuple(rules), *rows])


# --- ops ------------------------------------------------------------------------------------------

FAMILIES = {
    "conv": "Convolutions",
    "linear": "Linear layers",
    "attention": "Attention",
    "pool": "Pooling",
    "norm": "Norms and scales",
    "activation": "Activations",
    "regularise": "Regularisation",
    "shape": "Shape",
    "resample": "Resampling",
    "merge": "Merges",
}


def op_tables() -> str:
    """A table for each family of ops."""
    every = [op for op in map(ops.op, ops.names()) if op is not None]
    assert {op.family for op in every} == FAMILIES.keys()
    return "\n\n".join(
        f"### {title}\n\n" + _family([op for op in every if op.family == family])
        for family, title in FAMILIES.items()
    )


def _family(family: list[Op]) -> str:
    rows: list[tuple[str, ...]] = []
    for op in family:
        rows.append((f"`{op.name}`", "", "", op.doc))
        rows += [
            ("", f"`{parameter.name}`", _default(parameter), f"{parameter.doc}{_kind(parameter)}")
            for parameter in op.parameters
        ]
    return table(("op", "parameter", "default", "what it is"), rows)


def _kind(parameter: Parameter) -> str:
    escaped = parameter.kind.text.replace("|", "\\|")
    return f" (`{escaped}`)"


def _default(parameter: Parameter) -> str:
    value = parameter.default
    if value is REQUIRED:
        return ""
    if isinstance(value, SameAs):
        return f"`{value.parameter}`"
    if isinstance(value, float):
        return f"`{value:g}`".replace("e-0", "e-")
    return f"`{value}`" if isinstance(value, str) else f"`{text_of(value)}`"


# --- landmarks ------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A row of the README's table: what the network is, and where it is shipped."""

    about: str
    spec: str
    network: str


LANDMARKS = (
    Row("LeNet-5 (1998)", "lenet", "LeNet5"),
    Row("AlexNet (2012), torchvision", "alexnet", "AlexNet"),
    Row("AlexNet, paper", "alexnet", "AlexNetPaper"),
    Row("VGG-16 (2014), torchvision", "vgg", "VGG16"),
    Row("VGG-19 with batch norm, torchvision", "vgg", "VGG19_BN"),
    Row("GoogLeNet (2014), torchvision, with auxiliary heads", "googlenet", "GoogLeNet"),
    Row("GoogLeNet, paper, without auxiliary heads", "googlenet", "GoogLeNetPaperNoAux"),
    Row("ResNet-18 (2015), torchvision", "resnet", "ResNet18"),
    Row("ResNet-50, torchvision (v1.5)", "resnet", "ResNet50"),
    Row("ResNet-50, paper (v1)", "resnet_paper", "ResNet50"),
    Row("MobileNet v1 (2017), paper", "mobilenet_v1", "MobileNetV1"),
    Row("MobileNet v2 (2018), torchvision", "mobilenet_v2", "MobileNetV2"),
    Row("EfficientNet-B0 (2019), torchvision", "efficientnet", "EfficientNetB0"),
    Row("EfficientNet-B7, torchvision", "efficientnet", "EfficientNetB7"),
)


def landmark_table() -> str:
    """Figures as the analysis finds them, not as the specs claim them."""
    rows = []
    for about, spec, network in LANDMARKS:
        net = archdsl.load(Path(resources.zoo()) / f"{spec}.arch", network)
        rows.append(
            (
                about,
                f"`{spec}.arch:{network}`",
                f"{net.params:,}",
                f"{net.macs:,}",
                str(net.depth),
                str(net.receptive_field),
            )
        )
    head = ("network", "SPEC", "parameters", "MACs", "depth", "receptive field")
    return table(head, rows, "  rrrr")


# --- diagnostics ----------------------------------------------------------------------------------

RANGES = {
    "E1": "Syntax",
    "E2": "Names, types and compile-time values",
    "E3": "Shapes",
    "E4": "Files, versions and limits",
    "E5": "Weights and transfer plans",
    "E6": "Expectations",
    "E7": "Backends",
}


def diagnostic_index() -> str:
    """A line for each page that `archdsl explain` prints."""
    pages = sorted(Path(resources.pages()).glob("*.md"))
    assert {page.stem[:2] for page in pages} <= RANGES.keys()
    return "\n\n".join(
        f"## {title}\n\n"
        + table(
            ("code", "name", "what"),
            [_index_row(page) for page in pages if page.stem.startswith(start)],
        )
        for start, title in RANGES.items()
    )


def _index_row(page: Path) -> tuple[str, str, str]:
    title, summary, *_ = page.read_text(encoding="utf-8").split("\n\n")
    code, name = title.removeprefix("# ").split(" ")
    assert code == page.stem, f"{page.name} has the title {title}"
    return f"[{code}](../archdsl/pages/{page.name})", name, _sentence(summary)


def _sentence(paragraph: str) -> str:
    """The first sentence of a paragraph, on one line."""
    flat = " ".join(paragraph.split())
    return re.split(r"(?<=\.) (?=[A-Z`])", flat)[0].replace("|", "\\|")


# --- lint rules -----------------------------------------------------------------------------------

GROUPS = {"P": "Pitfalls", "D": "Design principles", "T": "Transfer plans", "S": "Structure"}


def lint_rules() -> str:
    """An index, and the page of every rule below it."""
    groups = {title: [c for c in RULES if c[0] == start] for start, title in GROUPS.items()}
    indexes = [
        f"## {title}\n\n" + table(("code", "name", "", "what"), [_rule_row(c) for c in codes])
        for title, codes in groups.items()
        if codes
    ]
    pages = [re.sub(r"^#", "##", page(code), flags=re.MULTILINE).rstrip() for code in RULES]
    return "\n\n".join([*indexes, *pages])


def _rule_row(code: str) -> tuple[str, ...]:
    rule = RULES[code]
    what = _sentence(summary(code)) + ("" if rule.default else " Only where it is selected.")
    anchor = f"{code} {rule.name}".lower().replace(" ", "-")
    return f"[{code}](#{anchor})", rule.name, rule.severity, what


# --- names ----------------------------------------------------------------------------------------

WRITTEN = (
    "conv(8) -> bn -> relu",
    "conv(8); conv(8); bn",
    "f = conv(8)",
    "f = conv(8); relu",
    "f = conv(8) -> bn",
    "f = { conv(8); bn }",
    "f = { conv(8); relu; conv(8) }",
    "f = { conv(8) -> bn; relu }",
    "f = { conv(8); n = bn; conv(8) }",
    "f = { { conv(8); bn }; relu }",
    "f = concat [conv(8) -> bn, conv(8)]",
    "concat [conv(8) -> bn, conv(8)]",
    "f = repeat 2 { conv(8) -> bn }",
    "f = repeat 2 { conv(8); bn }",
    "repeat 2 { conv(8) }",
    "f = residual { conv(8); bn }",
    "residual { conv(8) } shortcut conv(8)",
    "residual { conv(9) } shortcut down = project",
    "f = separable(8)",
    "f = B",
    "B; B",
    "f = { B; relu; C }",
    "f = repeat 2 { C }",
    "f = C -> B",
)
FRAME = """\
block B = conv(8) -> bn
block C {{ conv(8); bn }}
network Names {{
  input x: image[8, 16, 16]
  {}
}}
"""


def name_table() -> str:
    """What layers are called, as the compiler names them."""
    return table(("written", "layers"), [(f"`{text}`", _layers(text)) for text in WRITTEN])


def _layers(text: str) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "names.arch"
        path.write_text(FRAME.format(text), encoding="utf-8")
        net = archdsl.load(path)
    return ", ".join(
        f"`{step.path}`" if step.layer.weights else f"(`{step.path}`)"
        for _, step in net.graph.layers()
        if step.name
    )


SECTIONS: dict[str, Callable[[], str]] = {
    "names": name_table,
    "ops": op_tables,
    "landmarks": landmark_table,
    "diagnostics": diagnostic_index,
    "rules": lint_rules,
}
