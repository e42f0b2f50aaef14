"""Golden files: whole outputs, kept as readable files in this folder.

`ARCHDSL_GOLDEN=1` (or `make golden`) rewrites them; read the diff before you commit it.
"""

import difflib
import os
from pathlib import Path

FOLDER = Path(__file__).parent


def check_golden(name: str, text: str) -> None:
    """Compare a text with the golden file of that name, or rewrite the file when asked to."""
    path = FOLDER / name
    if os.environ.get("ARCHDSL_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
        return
    if not path.is_file():
        raise AssertionError(
            f"no golden file {name}; ARCHDSL_GOLDEN=1 writes it. It would hold:\n{text}"
        )
    # Bytes, so that a changed line ending is a difference.
    expected = path.read_bytes().decode("utf-8")
    if text != expected:
        raise AssertionError(
            f"{name} differs (ARCHDSL_GOLDEN=1 rewrites it):\n{_diff(expected, text)}"
        )


def _diff(expected: str, found: str) -> str:
    lines = difflib.unified_diff(
        expected.splitlines(keepends=True),
        found.splitlines(keepends=True),
        "golden file",
        "found",
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ no newline at the end\n" for line in lines
    )
