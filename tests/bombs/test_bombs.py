"""No source takes long, however it is made: it is refused, or done.

`python -m tests.bombs` measures whole processes; here the limit leaves room for a busy machine.
"""

import time
from pathlib import Path

import pytest

from archdsl import driver
from archdsl.diagnostics import Diagnostic
from archdsl.garbage import Postponed
from archdsl.lint.catalogue import selected
from archdsl.syntax.decode import decode
from archdsl.syntax.formatting import format_source
from tests.bombs.bomb import Bomb
from tests.bombs.bombs import BOMBS

pytestmark = pytest.mark.no_cover  # it takes time, which is measured here

SECONDS = 4.0


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.title)
def test_bomb(bomb: Bomb, tmp_path: Path) -> None:
    for name, text in {"net.arch": bomb.text, **bomb.files}.items():
        (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    # As in the program: what other tests have left in memory would be looked at again and again.
    with Postponed():
        start = time.process_time()
        linted = driver.lint(str(tmp_path / "net.arch"), selected())
        assert time.process_time() - start < SECONDS
        errors = [found.code for found in linted.diagnostics if found.severity == "error"]
        assert errors[:1] == ([] if bomb.code is None else [bomb.code])
        start = time.process_time()
        source = decode((tmp_path / "net.arch").read_bytes(), "net.arch")
        if not isinstance(source, Diagnostic):
            format_source(source)
        assert time.process_time() - start < SECONDS
