"""Writing files whole or not at all.

A file is written under a temporary name in its own folder, synced to disk and renamed over the old
one, so that a crash, a full disk or Ctrl-C leaves the old file as it was.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TypeAlias

from archdsl.records import NamedTuple
from archdsl.visible import shown

Buffer: TypeAlias = bytes | memoryview
"""A memoryview is one of bytes."""

_SUFFIX = ".archdsl-tmp"


class OutputError(Exception):
    """A file could not be written; the text says which and why, and nothing was changed."""


def write_whole(path: str, content: bytes) -> None:
    """Write a file whole or not at all; the mode of one that exists is kept, links are refused.

    Raises:
        OutputError: the path is a folder, a link or a device, or cannot be written.
    """
    write_parts(path, (content,))


def write_parts(path: str, parts: Iterable[Buffer]) -> int:
    """Like `write_whole`, for content that comes in parts, which need not be in memory at once.

    Returns:
        The size of the file.

    Raises:
        OutputError: as `write_whole`.
        What asking for a part raises; nothing is changed then either.
    """
    with Files() as files:
        return files.write(path, parts).size


class Draft(NamedTuple):
    """A file that is written and synced, and not yet at its place.

    Attributes:
        path: where it will be.
        size: in bytes.
        temporary: where it is.
    """

    path: str
    size: int
    temporary: str


class Files:
    """Files that appear together, at the end of a `with` block.

        with Files() as files:
            files.write("net.onnx.data", parts)
            files.write("net.onnx", (content,))

    All are complete on disk before the first one is renamed to its place, in the order in which
    they were written; only a crash between two renames leaves a part of them. After an exception
    nothing is changed.
    """

    def __init__(self) -> None:
        self._temporaries: list[str] = []
        self._drafts: list[Draft] = []

    def __enter__(self) -> "Files":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._place()
        finally:
            for temporary in self._temporaries:
                _remove(temporary)

    def write(
        self, path: str, parts: Iterable[Buffer], named: Callable[[], str] | None = None
    ) -> Draft:
        """Write and sync a file under a temporary name; see `write_parts`.

        Args:
            named: gives it another name in the same folder, once all parts were asked for.
        """
        mode = None if named else _mode_of(path)
        folder, name = os.path.split(path)
        temporary = os.path.join(folder, f".{name}.{os.getpid()}{_SUFFIX}")
        with _reported(path):
            _make_folder(folder)
            _sweep(folder, name)
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        self._temporaries.append(temporary)
        try:
            size = 0
            for part in parts:
                with _reported(path):
                    size += _write(handle, part)
            if named:
                path = os.path.join(folder, named())
                mode = _mode_of(path)
            with _reported(path):
                if mode is not None:
                    os.fchmod(handle, mode)
                os.fsync(handle)
        finally:
            os.close(handle)
        draft = Draft(path, size, temporary)
        self._drafts.append(draft)
        return draft

    def _place(self) -> None:
        added: list[str] = []
        try:
            for draft in self._drafts:
                with _reported(draft.path):
                    is_new = not os.path.lexists(draft.path)
                    os.replace(draft.temporary, draft.path)
                added += [draft.path] if is_new else []
        except BaseException:
            for path in added:
                _remove(path)
            raise
        for draft in self._drafts:
            with _reported(draft.path):
                _sync_folder(os.path.dirname(draft.path))


@contextmanager
def _reported(path: str) -> Iterator[None]:
    """Errors of the operating system as OutputError."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {shown(path)}: {_reason(error)}") from error


def _write(handle: int, part: Buffer) -> int:
    """Write all of a buffer, however little the system takes at a time."""
    rest = memoryview(part)
    while rest:
        rest = rest[os.write(handle, rest) :]
    return len(part)


def _mode_of(path: str) -> int | None:
    """The mode of the file that will be replaced; None if there is none."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"cannot write {shown(path)}: {_reason(error)}") from error
    if stat.S_ISDIR(found.st_mode):
        raise OutputError(f"cannot write {shown(path)}: it is a folder")
    if stat.S_ISLNK(found.st_mode):
        raise OutputError(
            f"cannot write {shown(path)}: it is a symbolic link; name the file itself"
        )
    if not stat.S_ISREG(found.st_mode):
        raise OutputError(f"cannot write {shown(path)}: it is not an ordinary file")
    return stat.S_IMODE(found.st_mode)


def _make_folder(folder: str) -> None:
    if folder:
        os.makedirs(folder, exist_ok=True)


def _sync_folder(folder: str) -> None:
    """Make the rename itself durable."""
    handle = os.open(folder or ".", os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(folder: str, name: str) -> None:
    """Remove what earlier runs that were killed left behind for this file."""
    for entry in os.listdir(folder or "."):
        if entry.startswith(f".{name}.") and entry.endswith(_SUFFIX):
            process = entry[len(name) + 2 : -len(_SUFFIX)]
            if process.isdigit() and not _is_running(int(process)):
                _remove(os.path.join(folder, entry))


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return process != os.getpid()


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _reason(error: OSError) -> str:
    """Why, in words that do not repeat the path."""
    reasons = {
        errno.ENOSPC: "no space is left on the device",
        errno.EDQUOT: "the disk quota is used up",
        errno.EFBIG: "it is larger than a file may be here",
        errno.EROFS: "the file system is read-only",
        errno.EACCES: "permission denied",
        errno.EPERM: "permission denied",
        errno.ENOTDIR: "a part of the path is a file, not a folder",
        errno.EEXIST: "a part of the path is a file, not a folder",
        errno.ENAMETOOLONG: "the name is too long",
    }
    return reasons.get(error.errno or 0, error.strerror or str(error))
