"""A user who is no superuser: those may read and write anything."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def nobody() -> Iterator[None]:
    """As that user, where the tests run as superuser."""
    was = os.geteuid()
    if was:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)
