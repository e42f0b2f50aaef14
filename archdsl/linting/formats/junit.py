"""JUnit's XML, which most CI servers show: a suite for each file, a case for each finding."""

from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree

from archdsl.diagnostics import Diagnostic, render
from archdsl.linting.formats.places import relative
from archdsl.visible import visible


def text(found: Sequence[Diagnostic]) -> str:
    """Errors and warnings are failures, notes are cases that pass and say something."""
    suites = ElementTree.Element("testsuites", name="archdsl")
    for name, group in groupby(found, lambda one: one.span.source.name):
        cases = list(group)
        failures = sum(one.severity != "note" for one in cases)
        suite = ElementTree.SubElement(
            suites,
            "testsuite",
            name=_clean(relative(name)),
            tests=str(len(cases)),
            failures=str(failures),
            errors="0",
        )
        for one in cases:
            _case(suite, one)
    ElementTree.indent(suites)
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    # As ASCII, which the locale of a terminal cannot change on the way out.
    content: bytes = ElementTree.tostring(suites, encoding="us-ascii")
    return declaration + content.decode("ascii") + "\n"


def _case(suite: ElementTree.Element, found: Diagnostic) -> None:
    line, column = found.span.source.position(found.span.start)
    case = ElementTree.SubElement(
        suite,
        "testcase",
        name=f"{found.code} at {line}:{column}",
        classname=_clean(relative(found.span.source.name)),
        file=_clean(relative(found.span.source.name)),
        line=str(line),
    )
    if found.severity == "note":
        ElementTree.SubElement(case, "system-out").text = _clean(render(found))
        return
    failure = ElementTree.SubElement(
        case, "failure", type=found.severity, message=_clean(found.message)
    )
    failure.text = _clean(render(found))


def _clean(value: str) -> str:
    """XML 1.0 has no way to write most control characters and lone surrogates."""
    return visible(value, "\n\t")
