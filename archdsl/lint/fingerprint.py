"""What stays the same of a finding while a file is edited elsewhere."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator

from archdsl.diagnostics import Diagnostic
from archdsl.lint.cache import digest


def fingerprints(diagnostics: Iterable[Diagnostic]) -> Iterator[tuple[Diagnostic, str]]:
    """Each finding with its fingerprint: its code, its file, the text of its line, and which of
    several alike it is. Lines may move, and messages may change their numbers.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    for diagnostic in diagnostics:
        source, line = diagnostic.span.source, diagnostic.span.line
        file = os.path.relpath(source.name).replace(os.sep, "/")
        same = (diagnostic.code, file, source.line(line).strip())
        text = "\0".join((*same, str(seen[same])))
        seen[same] += 1
        yield diagnostic, digest(text.encode("utf-8", "surrogateescape"))
