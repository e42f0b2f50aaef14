"""What a bomb is."""

from typing import NamedTuple


class Bomb(NamedTuple):
    """A source and what must become of it.

    Attributes:
        text: the file `net.arch`, as text or bytes.
        code: of the first error of `check`; None where there is none.
        files: others beside it.
        onnx: whether it is compiled to ONNX, too.
    """

    title: str
    text: str | bytes
    code: str | None
    files: dict[str, str] = {}  # noqa: RUF012
    onnx: bool = False
