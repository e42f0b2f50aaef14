"""Writing files whole or not at all.

A file is written under a temporary name in its own folder, synced to disk and renamed over the old
one, so that a crash, a full disk or Ctrl-C leaves the old file as it was.

A temporary file is locked as long as it is written. One without a lock was left behind by a process
that was killed, and is removed by the next one that writes the same file.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from types import TracebackType
from typing import TypeAlias

from archdsl.interrupts import Interrupts
from archdsl.records import NamedTuple
from archdsl.visible import shown

Buffer: TypeAlias = bytes | memoryview
"""A memoryview is one of bytes."""

_SUFFIX = ".archdsl-tmp"
_END = 100  # twice that, of the 255 bytes that most file systems take
_NUMBERS = count()


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
    nothing is changed, and neither is it after a signal that ends the program.
    """

    def __init__(self) -> None:
        self._interrupts = Interrupts()
        self._temporaries: list[str] = []
        self._handles: list[int] = []
        self._drafts: list[Draft] = []

    def __enter__(self) -> "Files":
        self._interrupts.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._interrupts.check()
                self._place()
        finally:
            for temporary in self._temporaries:
                _remove(temporary)
            for handle in self._handles:
                os.close(handle)
            self._interrupts.__exit__(kind, error, trace)

    def write(
        self, path: str, parts: Iterable[Buffer], named: Callable[[], str] | None = None
    ) -> Draft:
        """Write and sync a file under a temporary name; see `write_parts`.

        Args:
            named: gives it another name in the same folder, once all parts were asked for.
        """
        mode = None if named else _mode_of(path)
        folder, name = os.path.split(path)
        with _reported(path):
            _make_folder(folder)
            _sweep(folder, name)
            handle, temporary = self._temporary(folder, name)
        size = 0
        for part in parts:
            self._interrupts.check()
            with _reported(path):
                size += _write(handle, part)
        if named:
            path = os.path.join(folder, named())
            mode = _mode_of(path)
        with _reported(path):
            if mode is not None:
                os.fchmod(handle, mode)
            os.fsync(handle)
        draft = Draft(path, size, temporary)
        self._drafts.append(draft)
        return draft

    def _temporary(self, folder: str, name: str) -> tuple[int, str]:
        """A new file, locked, and its path."""
        while True:
            number = f"{os.getpid()}-{next(_NUMBERS)}"
            temporary = os.path.join(folder, f"{_stem(name)}{number}{_SUFFIX}")
            try:
                handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            except FileExistsError:  # somebody else's, and no rest: that would have been removed
                continue
            self._temporaries.append(temporary)
            self._handles.append(handle)
            # A process that sweeps up may have come before the lock.
            if _lock(handle) is not False and os.fstat(handle).st_nlink:
                return handle, temporary

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


def _stem(name: str) -> str:
    """What the names of temporary files for a file begin with: both its ends, so that they are not
    too long where that of the file is not.
    """
    raw = os.fsencode(name)
    return f".{name if len(raw) <= 2 * _END else os.fsdecode(raw[:_END] + raw[-_END:])}."


def _sweep(folder: str, name: str) -> None:
    """Remove what earlier runs that were killed left behind for this file."""
    for entry in os.listdir(folder or "."):
        if entry.startswith(_stem(name)) and entry.endswith(_SUFFIX):
            _remove_unlocked(os.path.join(folder, entry))


def _remove_unlocked(path: str) -> None:
    """Remove a temporary file that nobody writes any more."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    try:
        if _lock(handle):
            _remove(path)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool | None:
    """Lock a file until it is closed: False where somebody else has, None where nobody can."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _remove(path: str) -> None:
    with suppress(OSError):
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
