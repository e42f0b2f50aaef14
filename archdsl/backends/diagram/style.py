"""How things look: a shape and a colour for each family of ops, and the themes.

Colours are those of Okabe and Ito ("Color Universal Design", 2008), which colour-blind readers tell
apart; shapes tell the families apart without any colour.
"""

from collections.abc import Mapping

from archdsl.records import NamedTuple

FONT = "Helvetica"

ORDER = (
    *("block", "conv", "linear", "attention", "norm", "activation", "pool", "resample"),
    *("merge", "shape", "regularise", "extern"),
)
"""The kinds as the legend lists them; inputs and outputs explain themselves."""

TITLES: Mapping[str, str] = {
    "block": "block",
    "conv": "convolution",
    "linear": "linear",
    "attention": "attention",
    "norm": "normalisation",
    "activation": "activation",
    "pool": "pooling",
    "resample": "resampling",
    "merge": "merge",
    "shape": "shape",
    "regularise": "regularisation",
    "extern": "extern op",
}

_HUES: Mapping[str, str] = {
    "block": "#56B4E9",
    "conv": "#0072B2",
    "linear": "#CC79A7",
    "attention": "#009E73",
    "norm": "#F0E442",
    "activation": "#E69F00",
    "pool": "#D55E00",
    "resample": "#009E73",
    "merge": "#000000",
    "shape": "#888888",
    "regularise": "#888888",
    "extern": "#000000",
}

# Of 255, from dark to light: the more work, the darker.
_GREYS: Mapping[str, int] = {
    "block": 0xC8,
    "conv": 0xD8,
    "linear": 0xD8,
    "attention": 0xD8,
    "norm": 0xF4,
    "activation": 0xF4,
    "pool": 0xE8,
    "resample": 0xE8,
    "merge": 0xFF,
    "shape": 0xFF,
    "regularise": 0xFF,
    "extern": 0xF4,
}


class Paint(NamedTuple):
    """The colours of a node, as ``#rrggbb``."""

    fill: str
    line: str
    text: str


class Theme(NamedTuple):
    """The colours of a diagram.

    Attributes:
        paper: the background.
        ink: lines and text.
        faint: what comes second: names, shapes, frames.
        frames: the fill of clusters, outermost first; deeper ones repeat.
        skip: the colour of skips.
        kinds: by kind of node.
    """

    paper: str
    ink: str
    faint: str
    frames: tuple[str, str]
    skip: str
    kinds: Mapping[str, Paint]


def _mixed(colour: str, other: str, part: float) -> str:
    """A colour with a part of another one."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a * (1 - part) + b * part):02X}" for a, b in pairs)


def faded(paint: Paint, theme: Theme) -> Paint:
    """The colours of a node that is frozen."""
    return Paint(
        _mixed(paint.fill, theme.paper, 0.75), _mixed(paint.line, theme.paper, 0.5), theme.faint
    )


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _coloured(paper: str, ink: str, tint: float) -> Mapping[str, Paint]:
    """Fills between the paper and each hue."""
    kinds = {
        kind: Paint(_mixed(hue, paper, tint), _mixed(hue, ink, 0.3), ink)
        for kind, hue in _HUES.items()
    }
    kinds["merge"] = kinds["extern"] = Paint(paper, ink, ink)
    return kinds


def _ends(kinds: Mapping[str, Paint], paper: str, ink: str) -> Mapping[str, Paint]:
    """Inputs and outputs: inverted."""
    return {**kinds, "input": Paint(ink, ink, paper), "output": Paint(ink, ink, paper)}


def _grey(value: int) -> str:
    return f"#{value:02X}{value:02X}{value:02X}"


THEMES: Mapping[str, Theme] = {
    "light": Theme(
        *("#FFFFFF", "#1A1A1A", "#505050", ("#F5F5F5", "#EBEBEB"), "#D55E00"),
        _ends(_coloured("#FFFFFF", "#1A1A1A", 0.68), "#FFFFFF", "#333333"),
    ),
    "dark": Theme(
        *("#16181C", "#F0F0F0", "#C8CCD2", ("#202329", "#2A2E35"), "#FF9E4A"),
        _ends(_coloured("#16181C", "#F0F0F0", 0.7), "#16181C", "#D8D8D8"),
    ),
    "print": Theme(
        *("#FFFFFF", "#000000", "#404040", ("#FFFFFF", "#FFFFFF"), "#000000"),
        _ends(
            {kind: Paint(_grey(grey), "#000000", "#000000") for kind, grey in _GREYS.items()},
            "#FFFFFF",
            "#000000",
        ),
    ),
}
