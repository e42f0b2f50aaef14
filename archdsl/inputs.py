"""Reading files, which may be anything: a pipe that nobody writes to, a device without an end."""

import errno
import os
import stat

MOST_SOURCE = 4 * 1024 * 1024
"""Bytes of a source file."""

USUAL = 64 * 1024
"""Bytes that most files have less of."""
_MARKERS = ("archdsl.toml", "pyproject.toml", ".git")


def read_most(path: str, most: int, ordinary: bool = False) -> bytes:
    """The content of a file, or `most` bytes and one more of it.

    Args:
        ordinary: whether the path must lead to an ordinary file. What a user names may be a pipe;
            what a file names, or a folder holds, may not.

    Raises:
        OSError, ValueError: it cannot be read.
    """
    if ordinary:
        # Not even opened: who writes into a pipe would take that for a reader.
        _check_ordinary(os.stat(path).st_mode)
    with open(path, "rb", opener=_at_once if ordinary else None) as file:
        if ordinary:
            _check_ordinary(os.fstat(file.fileno()).st_mode)
        # Python sets aside, for however small a file, as much memory as is asked for at once.
        data = file.read(USUAL)
        return data if len(data) < USUAL else data + file.read(most + 1 - len(data))


def _check_ordinary(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not an ordinary file")


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def project_root(path: str) -> str:
    """The folder of the nearest project file above a source file, else the file's own folder."""
    own = folder = os.path.dirname(path)
    while True:
        if any(os.path.exists(os.path.join(folder, marker)) for marker in _MARKERS):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return own
        folder = parent


def lies_in(path: str, folder: str) -> bool:
    """Whether a path is that of a folder or of something in it; both without links."""
    return os.path.commonpath([path, folder]) == folder
