"""Writing files whole or not at all.

A file is written under a temporary name in its own folder, synced to disk and renamed over the old
one, so that a crash, a full disk or Ctrl-C leaves the old file as it was.
"""

import errno
import os
import stat
from contextlib import suppress

_SUFFIX = ".archdsl-tmp"


class OutputError(Exception):
    """A file could not be written; the text says which and why, and nothing was changed."""


def write_whole(path: str, content: bytes) -> None:
    """Write a file whole or not at all; the mode of one that exists is kept, links are refused.

    Raises:
        OutputError: the path is a folder, a link or a device, or cannot be written.
    """
    mode = _mode_of(path)
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}{_SUFFIX}")
    try:
        _make_folder(folder)
        _sweep(folder, name)
        try:
            _write_synced(temporary, content, mode)
            os.replace(temporary, path)
        except BaseException:
            _remove(temporary)
            raise
        _sync_folder(folder)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {_reason(error)}") from error


def _mode_of(path: str) -> int | None:
    """The mode of the file that will be replaced; None if there is none."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"cannot write {path}: {_reason(error)}") from error
    if stat.S_ISDIR(found.st_mode):
        raise OutputError(f"cannot write {path}: it is a folder")
    if stat.S_ISLNK(found.st_mode):
        raise OutputError(f"cannot write {path}: it is a symbolic link; name the file itself")
    if not stat.S_ISREG(found.st_mode):
        raise OutputError(f"cannot write {path}: it is not an ordinary file")
    return stat.S_IMODE(found.st_mode)


def _make_folder(folder: str) -> None:
    if folder:
        os.makedirs(folder, exist_ok=True)


def _write_synced(path: str, content: bytes, mode: int | None) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with open(handle, "wb") as file:
        file.write(content)
        file.flush()
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())


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
        errno.EROFS: "the file system is read-only",
        errno.EACCES: "permission denied",
        errno.EPERM: "permission denied",
        errno.ENOTDIR: "a part of the path is a file, not a folder",
        errno.EEXIST: "a part of the path is a file, not a folder",
        errno.ENAMETOOLONG: "the name is too long",
    }
    return reasons.get(error.errno or 0, error.strerror or str(error))
