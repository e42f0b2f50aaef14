"""What linting a file found, kept until the file changes.

An entry holds what else the outcome depends on, and what was found: the digests of the files that
were imported; sizes and times of the weights of transfer plans, and of the files around that were
searched for such plans. It is asked for by the digest of everything that is known beforehand: the
file, its name, the options, the configuration and archdsl itself. Only outcomes without errors are
kept: an import that was not found may be found tomorrow.

The folder belongs to the user alone, and holds plain text. Looking up takes no module that Python
has not loaded anyway: that is what makes it worth having.
"""

import os
from time import time

from archdsl import __version__
from archdsl.folders import files_around, folder_around
from archdsl.inputs import MOST_SOURCE, read_most

# What `typing` would say, without the time that it takes to load.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

try:  # The same as hashlib's, without OpenSSL, which takes half as long to load as Python.
    from _blake2 import blake2b
except ImportError:  # pragma: no cover - other implementations of Python
    from hashlib import blake2b

MOST_ENTRIES = 4_096
"""Entries that are kept; past that the older half goes."""

_HOUR = 3600.0
_FORMAT = "archdsl lint 2"
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def digest(data: bytes) -> str:
    return blake2b(data, digest_size=20).hexdigest()


def _stamp(path: str) -> str:
    """What changes of a file when it does, as far as that shows without reading it."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return "none"
    return f"{found.st_size}-{found.st_mtime_ns}"


class Cache:
    """The entries of one user. All failures to read or write are misses.

    Args:
        folder: where they are.
        named: the folders that are linted as a whole.
    """

    def __init__(self, folder: str, named: "Sequence[str]" = ()) -> None:
        self._folder = folder
        self._named = named
        self._around: dict[str, str] = {}
        self._stamp = f"{_FORMAT} {__version__} {_newest_change()}"

    def key(self, shown: str, data: bytes, settings: "Sequence[str]") -> str:
        """What the outcome depends on besides imports."""
        text = "\0".join((self._stamp, os.getcwd(), shown, *settings, ""))
        return digest(text.encode("utf-8", "surrogateescape") + data)

    def get(self, key: str, path: str) -> str | None:
        """What was found in a file, as `put` was given it; None if it is not known, or something
        else that it depends on has changed.
        """
        try:
            with open(os.path.join(self._folder, key), encoding="utf-8") as file:
                needs, _, found = file.read().partition("\n\n")
            for line in needs.split("\n")[1:]:
                kind, known, other = line.split(" ", 2)
                if kind == "around" and other != folder_around(path, self._named):
                    return None
                if known != self._state(kind, other):
                    return None
        except (OSError, ValueError):
            return None
        return found

    def put(self, key: str, needs: "Iterable[tuple[str, str]]", found: str) -> None:
        """Keep what was found.

        Args:
            needs: what else it depends on: ``text``, the content of a file; ``file``, whether there
                is one, its size and time; ``around``, those of all files that a folder has. Each
                with its path.
        """
        try:
            lines = [f"{kind} {self._state(kind, path)} {path}" for kind, path in needs]
        except OSError:
            return
        if any("\n" in line for line in lines):
            return
        text = "\n".join((_FORMAT, *lines)) + "\n\n" + found
        temporary = os.path.join(self._folder, f".{key}.{os.getpid()}")
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            return
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(temporary, os.path.join(self._folder, key))
        except (OSError, ValueError):
            from contextlib import suppress

            with suppress(OSError):  # its folder may be gone
                os.unlink(temporary)

    def _state(self, kind: str, path: str) -> str:
        """What something is like that an outcome depends on."""
        if kind == "file":
            return _stamp(path)
        if kind == "around":
            if path not in self._around:
                lines = [f"{other} {_stamp(other)}" for other in files_around(path)]
                self._around[path] = digest("\n".join(lines).encode("utf-8", "surrogateescape"))
            return self._around[path]
        return digest(read_most(path, MOST_SOURCE, ordinary=True))

    def sweep(self) -> None:
        """Drop what runs that were killed have not finished, and the older half of too many
        entries.
        """
        try:
            files = [entry for entry in os.scandir(self._folder) if entry.is_file()]
            for entry in files:
                if entry.name.startswith(".") and time() - entry.stat().st_mtime > _HOUR:
                    os.unlink(entry.path)
            entries = [entry for entry in files if not entry.name.startswith(".")]
            if len(entries) > MOST_ENTRIES:
                entries.sort(key=lambda entry: entry.stat().st_mtime)
                for entry in entries[: len(entries) // 2]:
                    os.unlink(entry.path)
        except OSError:
            return


def open_cache(named: "Sequence[str]" = ()) -> Cache | None:
    """The user's cache, made if needed; None where there is no folder that is the user's alone.

    Args:
        named: the folders that are linted as a whole.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = os.environ.get("ARCHDSL_CACHE_DIR") or os.path.join(base, "archdsl", "lint")
    try:
        found = os.stat(folder)
    except OSError:
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            found = os.stat(folder)
        except OSError:
            return None
    if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o022):
        return None
    return Cache(folder, named)


def _newest_change() -> int:
    """When archdsl itself was last edited, if it runs from a checkout; 0 for an installed one."""
    if not os.path.isfile(os.path.join(os.path.dirname(_PACKAGE), "pyproject.toml")):
        return 0
    newest = 0
    waiting = [_PACKAGE]
    while waiting:
        for entry in os.scandir(waiting.pop()):
            if entry.is_dir():
                if entry.name != "__pycache__":
                    waiting.append(entry.path)
            else:
                newest = max(newest, entry.stat().st_mtime_ns)
    return newest
