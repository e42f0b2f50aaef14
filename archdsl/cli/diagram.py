"""`archdsl diagram`: draw a network."""

import os.path
import sys

from archdsl.analysis import Analysis
from archdsl.analysis.render import megabytes
from archdsl.backends.diagram import (
    DIRECTIONS,
    ENDINGS,
    ENGINES,
    FIELDS,
    FIGURES,
    LEVELS,
    THEMES,
    TIMEOUT,
    Diagram,
    DiagramError,
    LabelError,
    Look,
)
from archdsl.cli.arguments import (
    SPEC,
    VALUES,
    Arguments,
    Command,
    CommandError,
    Option,
    nearest_of,
    positive,
)
from archdsl.cli.findings import findings
from archdsl.cli.specs import checked, sole
from archdsl.outputs import OutputError
from archdsl.visible import shown, visible

_OF_PICTURES = ("--label", "--direction", "--theme", "--engine", "--timeout")

COMMAND = Command(
    "diagram",
    "SPEC -o FILE [--level LEVEL] [--show FIGURES] [--direction DIRECTION] [--theme THEME]",
    "Draw the one network of SPEC. The file's name says what is written: a picture (.svg, .png;\n"
    ".pdf with the dot of Graphviz), an interactive page with figures and search (.html),\n"
    "Graphviz's language (.dot, .gv), or Mermaid, alone (.mmd) or in Markdown (.md).",
    (SPEC,),
    (
        Option(("-o", "--output"), "FILE", f"the file; its name ends in .{', .'.join(ENDINGS)}"),
        Option(
            ("--level",),
            "LEVEL",
            "stage: the parts that the network names; block (the default): its blocks; layer: all",
            LEVELS,
        ),
        Option(("--show",), "FIGURES", f"figures on each node: {', '.join(FIGURES)}, or several"),
        Option(
            ("--label",),
            "TEMPLATE",
            f"what stands on nodes: \\n ends a line, and {{{'} {'.join(FIELDS)}}} are filled in",
        ),
        Option(
            ("--direction",),
            "DIRECTION",
            "TB: from top to bottom (the default); LR: from left to right",
            DIRECTIONS,
        ),
        Option(
            ("--theme",),
            "THEME",
            "light (the default), dark, or print: greys on white",
            tuple(THEMES),
        ),
        Option(
            ("--engine",),
            "ENGINE",
            "what makes pictures: graphviz-pure, which comes with archdsl, or dot",
            ENGINES,
        ),
        Option(
            ("--timeout",),
            "SECONDS",
            f"after so long a coarser level is drawn (default: {TIMEOUT:g})",
        ),
        *VALUES,
    ),
    "  archdsl diagram resnet.arch:ResNet50 -o resnet50.svg\n"
    "  archdsl diagram resnet.arch:ResNet50 -o resnet50.html\n"
    "  archdsl diagram resnet.arch:ResNet152 -o resnet152.md --level stage\n"
    "  archdsl diagram net.arch -o net.png --show params,macs --theme print --direction LR\n"
    '  archdsl diagram net.arch -o net.svg --label "{name}\\n{op}({args})\\n{shape}"',
)


def run(arguments: Arguments) -> int:
    (spec,) = arguments.all("SPEC")
    path = arguments.one("--output")
    if path is None or os.path.splitext(path)[1].removeprefix(".").lower() not in ENDINGS:
        raise CommandError(
            "diagram needs a file to write: -o net.svg; "
            f"its name ends in .{', .'.join(ENDINGS[:-1])} or .{ENDINGS[-1]}"
        )
    if path.lower().endswith(".html"):
        for option in _OF_PICTURES:
            if arguments.has(option):
                raise CommandError(f"diagram: {option} does not go with a page (.html)")
    look = _look(arguments)
    outcome = checked(spec, arguments)
    if not outcome.sound:
        return 1
    analysis = Analysis(sole(outcome, spec))
    plan = None if outcome.analyses else outcome.plans[0]
    try:
        made = Diagram(analysis, look, lambda: findings(analysis, spec), plan).save(path)
    except LabelError as error:
        raise CommandError(f"diagram: --label: {error}") from error
    except (DiagramError, OutputError) as error:
        raise CommandError(str(error)) from error
    print(f"{shown(path)}  {megabytes(len(made.content))}  {made.level} level")
    if made.note:
        print(f"note: {made.note}", file=sys.stderr)
    return 0


def _look(arguments: Arguments) -> Look:
    """How the diagram is to be drawn.

    Raises:
        CommandError: a figure that there is not, or a time that is none.
    """
    given = arguments.one("--show")
    show = tuple(dict.fromkeys(given.split(","))) if given is not None else ()
    for figure in show:
        if figure not in FIGURES:
            near = nearest_of(figure, FIGURES)
            raise CommandError(
                f"diagram: --show takes {', '.join(FIGURES)}; not {visible(figure)}{near}"
            )
    seconds = arguments.one("--timeout")
    return Look(
        arguments.one("--level") or "block",
        arguments.one("--direction") or "TB",
        arguments.one("--theme") or "light",
        show,
        arguments.one("--engine"),
        TIMEOUT if seconds is None else positive(seconds, "--timeout"),
        (arguments.one("--label") or "").replace("\\n", "\n") or None,
    )
