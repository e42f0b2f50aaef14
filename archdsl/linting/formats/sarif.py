"""SARIF 2.1.0 (OASIS), as GitHub's code scanning takes it: rules with help, fixes, fingerprints."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from archdsl import __version__
from archdsl.diagnostics import Diagnostic, Fix
from archdsl.lint.catalogue import RULES
from archdsl.lint.fingerprint import fingerprints
from archdsl.lint.pages import page, summary
from archdsl.linting.formats.places import relative
from archdsl.source import Span

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_FINGERPRINT = "archdsl/v1"


def text(found: Sequence[Diagnostic]) -> str:
    """One run with all findings; places are relative to the current folder."""
    codes = sorted({one.code for one in found})
    run = {
        "tool": {
            "driver": {
                "name": "archdsl",
                "version": __version__,
                "rules": [_rule(code) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, mark, codes) for one, mark in fingerprints(found)],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: str) -> dict[str, Any]:
    if code in RULES:
        rule = RULES[code]
        name, short, help, level = rule.name, summary(code), page(code), rule.severity
    else:
        from archdsl.codes import CODES
        from archdsl.resources import page_of

        name, help, level = CODES[code], page_of(code), "error"
        short = help.partition("\n\n")[2].partition("\n\n")[0].replace("\n", " ")
    return {
        "id": code,
        "name": name,
        "shortDescription": {"text": short},
        "fullDescription": {"text": short},
        "help": {"text": help, "markdown": help},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["architecture"], "precision": "high"},
    }


def _result(found: Diagnostic, fingerprint: str, codes: Sequence[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": codes.index(found.code),
        "level": found.severity,
        "message": {"text": _message(found)},
        "locations": [_location(found.span)],
        "partialFingerprints": {_FINGERPRINT: fingerprint},
    }
    others = [(related.span, related.message) for related in found.related]
    others += [(frame.span, f"{frame.block} is called here") for frame in found.trail]
    if others:
        result["relatedLocations"] = [
            {**_location(span), "id": number, "message": {"text": message}}
            for number, (span, message) in enumerate(others, 1)
        ]
    if found.fix is not None:
        result["fixes"] = [_fix(found.fix)]
    return result


def _message(found: Diagnostic) -> str:
    instances = f" (in {found.hits} of {found.instances} instances)" if found.instances > 1 else ""
    return f"{found.message}{instances}" + (f". {found.help}" if found.help else "")


def _location(span: Span) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(span.source.name),
            "region": _region(span),
        }
    }


def _artifact(name: str) -> dict[str, str]:
    path = relative(name)
    if path.startswith("/"):
        return {"uri": "file://" + quote(path, errors="surrogateescape")}
    return {"uri": quote(path, errors="surrogateescape"), "uriBaseId": "%SRCROOT%"}


def _region(span: Span) -> dict[str, int]:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(name),
                "replacements": [
                    {
                        "deletedRegion": _region(edit.span),
                        "insertedContent": {"text": edit.replacement},
                    }
                    for edit in fix.edits
                    if edit.span.source.name == name
                ],
            }
            for name in _files(fix)
        ],
    }


def _files(fix: Fix) -> Iterable[str]:
    return dict.fromkeys(edit.span.source.name for edit in fix.edits)
