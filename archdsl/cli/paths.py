"""From the paths on a command line to files: folders stand for the `.arch` files in them."""

import os
from collections.abc import Iterable

from archdsl.folders import files_below
from archdsl.records import NamedTuple
from archdsl.visible import shown


class Found(NamedTuple):
    """The files, each once, and what is wrong with paths that lead to none."""

    files: tuple[str, ...]
    complaints: tuple[str, ...]


def arch_files(paths: Iterable[str]) -> Found:
    """The files that are named, whatever their ending, and those of folders."""
    files: dict[str, None] = {}
    complaints: list[str] = []
    for path in paths:
        if not os.path.isdir(path):
            files[path] = None
            continue
        before = len(complaints)
        found = list(files_below(path, complaints.append))
        files |= dict.fromkeys(found)
        if not found and len(complaints) == before:
            complaints.append(f"{shown(path)} holds no .arch files")
    return Found(tuple(files), tuple(complaints))
