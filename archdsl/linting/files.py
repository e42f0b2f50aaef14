"""From the paths of a command line to source files."""

import os

from archdsl.folders import files_below
from archdsl.settings import Configurations, Settings

# What `typing` would say, without the time that it takes to load.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def source_files(
    paths: "Sequence[str]",
    configurations: Configurations,
    complain: "Callable[[str], None]",
    exclude: tuple[str, ...] = (),
) -> "Iterator[str]":
    """The files that are named, and those below the folders that are named, in order and each once.

    What the configuration and `exclude` exclude is left out of folders; a file that is named is
    always there.

    Args:
        complain: takes a text about what is left out for another reason, see `files_below`.

    Raises:
        SettingsError: a configuration is not sound.
    """
    seen: set[str] = set()
    for path in paths:
        found = _below(path, configurations, complain, exclude) if os.path.isdir(path) else (path,)
        for file in found:
            if file not in seen:
                seen.add(file)
                yield file


def _below(
    folder: str,
    configurations: Configurations,
    complain: "Callable[[str], None]",
    exclude: tuple[str, ...],
) -> "Iterator[str]":
    def excluded(path: str, parent: str) -> bool:
        own = Settings(os.getcwd(), exclude=exclude)
        return own.excludes(path) or configurations.settings(parent).excludes(path)

    return files_below(folder, complain, excluded)
