"""From the bytes of a file to source text."""

from archdsl.diagnostics import Diagnostic
from archdsl.source import Source, Span

MAX_BYTES = 4 * 1024 * 1024
"""Largest file that is read."""

_BOM = "\ufeff"


def decode(data: bytes, name: str) -> Source | Diagnostic:
    """The text of a file shown as `name`, without a leading BOM; or what is wrong with its bytes."""
    if len(data) > MAX_BYTES:
        return _problem(
            "E404",
            f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB",
            Source(name, ""),
            0,
            "split it into files that import each other",
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        return _problem(
            "E401",
            f"the file is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}",
            Source(name, before + "\ufffd"),
            len(before),
            "save it as UTF-8",
        )
    source = Source(name, text.removeprefix(_BOM))
    nul = source.text.find("\0")
    if nul >= 0:
        return _problem("E402", "the file has a NUL byte", source, nul, "it may not be a text file")
    lone = _lone_carriage_return(source.text)
    if lone >= 0:
        return _problem(
            "E403",
            "a carriage return stands alone: lines end in LF or CRLF",
            source,
            lone,
            "convert the line endings",
        )
    return source


def _lone_carriage_return(text: str) -> int:
    found = text.find("\r")
    while found >= 0 and text[found + 1 : found + 2] == "\n":
        found = text.find("\r", found + 1)
    return found


def _problem(code: str, message: str, source: Source, offset: int, help: str) -> Diagnostic:
    end = min(offset + 1, len(source.text))
    return Diagnostic(code, message, Span(source, offset, end), help=help)
