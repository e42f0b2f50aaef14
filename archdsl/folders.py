"""Folders on a command line: the `.arch` files in them."""

import os

# What `typing` would say, without the time that it takes to load.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDING = ".arch"
NEVER = ("build", "dist", "node_modules", "venv", "__pycache__")
"""Folders that hold what others have made; hidden ones are left out as well."""


def files_below(
    folder: str,
    excluded: "Callable[[str, str], bool] | None" = None,
    unreadable: "Callable[[OSError], None] | None" = None,
) -> "Iterator[str]":
    """The `.arch` files of a folder in order, those of its own folders behind them.

    Links to folders are not followed.

    Args:
        excluded: tells of a path, and the folder that it is in, whether to leave it out.
        unreadable: takes the errors of folders that cannot be read.
    """
    for parent, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in NEVER
            and not (excluded and excluded(os.path.join(parent, name), parent))
        )
        for name in sorted(files):
            path = os.path.normpath(os.path.join(parent, name))
            if name.endswith(ENDING) and not (excluded and excluded(path, parent)):
                yield path
