"""From the paths on a command line to files: folders stand for the `.arch` files in them."""

import os
from collections.abc import Iterable

from archdsl.records import NamedTuple

SKIPPED = ("build", "node_modules")
"""Folders in which nobody writes sources; hidden ones, such as `.venv`, are skipped as well."""


class Found(NamedTuple):
    """The files, each once, and what is wrong with paths that lead to none."""

    files: tuple[str, ...]
    complaints: tuple[str, ...]


def arch_files(paths: Iterable[str]) -> Found:
    """The files that are named, and those of folders: sorted, subfolders after their parents.

    A file that is named is taken whatever its ending. Links to folders are not followed.
    """
    files: dict[str, None] = {}
    complaints: list[str] = []

    def unreadable(error: OSError) -> None:
        complaints.append(f"{error.filename} cannot be read: {str(error.strerror).lower()}")

    for path in paths:
        if not os.path.isdir(path):
            files[path] = None
            continue
        is_empty = True
        for folder, inner, names in os.walk(path, onerror=unreadable):
            inner[:] = sorted(
                name for name in inner if not name.startswith(".") and name not in SKIPPED
            )
            own = sorted(name for name in names if name.endswith(".arch"))
            is_empty = is_empty and not own
            files |= dict.fromkeys(os.path.normpath(os.path.join(folder, name)) for name in own)
        if is_empty:
            complaints.append(f"{path} holds no .arch files")
    return Found(tuple(files), tuple(complaints))
