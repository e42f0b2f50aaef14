"""Folders: the `.arch` files in one, and the one that holds what may import a file."""

import os

from archdsl.inputs import lies_in, project_root
from archdsl.visible import shown

# What `typing` would say, without the time that it takes to load.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ENDING = ".arch"
NEVER = ("build", "dist", "node_modules", "venv", "__pycache__")
"""Folders that hold what others have made; hidden ones are left out as well."""
MOST_FOLDERS = 4_096
"""Of a project, so many folders are searched for files that import one."""


def files_below(
    folder: str,
    complain: "Callable[[str], None]",
    excluded: "Callable[[str, str], bool] | None" = None,
    most: int | None = None,
) -> "Iterator[str]":
    """The `.arch` files of a folder in order, those of its own folders behind them.

    Links to folders are not followed. Links to files are as long as these lie in the folder or in
    its project: a folder that somebody else filled must not lead to files that it does not hold.

    Args:
        complain: takes a text about each folder that cannot be read, and each file that is left
            out although it is named like a source.
        excluded: tells of a path, and the folder that it is in, whether to leave it out.
        most: after so many folders the walk ends.
    """

    def unreadable(error: OSError) -> None:
        complain(f"{shown(error.filename)} cannot be read: {str(error.strerror).lower()}")

    for count, (parent, folders, files) in enumerate(os.walk(folder, onerror=unreadable)):
        if count == most:
            return
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in NEVER
            and not (excluded and excluded(os.path.join(parent, name), parent))
        )
        for name in sorted(files):
            path = os.path.normpath(os.path.join(parent, name))
            if not name.endswith(ENDING) or (excluded and excluded(path, parent)):
                continue
            reason = _reason_against(path, parent, folder)
            if reason:
                complain(f"{shown(path)} is left out: {reason}")
            else:
                yield path


def _reason_against(path: str, parent: str, folder: str) -> str:
    """Why a file that was found in a folder is not read, or ""."""
    if os.path.islink(path):
        real, start = os.path.realpath(path), os.path.realpath(folder)
        beside = os.path.join(os.path.realpath(parent), os.path.basename(path))
        if not (lies_in(real, start) or lies_in(real, project_root(beside))):
            return "it is a link out of the project; name it if that is meant"
    elif not os.path.isfile(path):
        return "it is not an ordinary file"
    return ""


def folder_around(path: str, named: "Iterable[str]") -> str:
    """The folder in which to look for files that import one: its project, or one of the named
    folders where that holds more.
    """
    real = os.path.realpath(path)
    folders = [project_root(real), *map(os.path.realpath, named)]
    return min((one for one in folders if lies_in(real, one)), key=len)


def files_around(folder: str) -> "Iterator[str]":
    """The files of such a folder, as far as they are looked for."""
    return files_below(folder, lambda problem: None, most=MOST_FOLDERS)
