"""Graphviz, which places nodes and writes pictures: the program of a wheel, or the user's own."""

import os
import shutil
import subprocess
import sysconfig

from archdsl.interrupts import Interrupts

ENGINES = ("graphviz-pure", "dot")
"""In the order in which they are tried: a wheel that comes with archdsl, then the system's."""

_FORMATS = {"graphviz-pure": ("svg", "png"), "dot": ("svg", "png", "pdf")}

_INSTALL = "pip install 'graphviz-pure>=0.2.2,<0.3'"


class DiagramError(Exception):
    """A picture that cannot be made here; the text says what can be done."""


class TooSlow(DiagramError):
    """Graphviz took longer than it may."""


def render(dot: str, form: str, engine: str | None, seconds: float) -> bytes:
    """A text of DOT as a picture.

    Args:
        form: svg, png or pdf.
        engine: one of `ENGINES`; the first that is there and can, if None.
        seconds: how long it may take.

    Raises:
        DiagramError: there is no such program, or it fails.
        TooSlow: it took longer.
    """
    name, program = _chosen(form, engine)
    command = [program, "-q", f"-T{form}"]
    try:
        with Interrupts(at_once=True):  # so that the program ends with us
            done = subprocess.run(
                command,
                input=dot.encode("utf-8"),
                capture_output=True,
                timeout=seconds,
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise TooSlow(f"{name} took longer than {seconds:g} s") from error
    except OSError as error:
        raise DiagramError(f"{program} cannot be run: {error.strerror}") from error
    if done.returncode or not done.stdout:
        said = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        raise DiagramError(f"{program} failed: {said or f'exit code {done.returncode}'}")
    return done.stdout


def _chosen(form: str, engine: str | None) -> tuple[str, str]:
    """An engine that writes a format, and where its program is.

    Raises:
        DiagramError: there is none.
    """
    if engine is not None and form not in _FORMATS[engine]:
        raise DiagramError(f"{engine} writes no {form}: use --engine dot, or svg")
    able = [name for name in ENGINES if form in _FORMATS[name] and engine in (None, name)]
    for name in able:
        program = program_of(name)
        if program:
            return name, program
    if "graphviz-pure" not in able:
        raise DiagramError(
            "the program dot of Graphviz (https://graphviz.org) is not on the PATH; "
            "graphviz-pure, which comes with archdsl, writes svg and png"
        )
    raise DiagramError(
        f"{form} needs Graphviz, which is not installed: {_INSTALL}; .dot and .mmd need none"
    )


def program_of(name: str) -> str | None:
    """Where the program of an engine is, if anywhere.

    That of the wheel stands beside the interpreter, which need not be on the PATH.
    """
    if name == "dot":
        return shutil.which("dot")
    ending = ".exe" if os.name == "nt" else ""
    installed = os.path.join(sysconfig.get_path("scripts"), name + ending)
    return installed if os.access(installed, os.X_OK) else shutil.which(name)
