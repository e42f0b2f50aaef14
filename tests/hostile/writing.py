"""Every file that a command writes: the command, and what is there before it."""

from pathlib import Path
from typing import NamedTuple

NET = """\
default conv(bias=false)

network Net(classes: int = 4) {
  "A small network."
  input image: image[3, H=8, W=8]
  conv(4) -> bn -> relu
  gap -> flatten
  fc = linear(classes)
}
"""
UNTIDY = NET.replace("conv(4) -> bn", "conv(4)   ->   bn")
MENDABLE = NET.replace("conv(4) -> bn", "conv(4, bias=true) -> bn")


class Written(NamedTuple):
    """A file in `out`, and the words of the command that writes it.

    Attributes:
        before: what stands there beforehand, if that is its input.
        links: whether a link in its place is followed.
    """

    name: str
    words: tuple[str, ...]
    before: str | None = None
    links: bool = False


def _compiled(name: str, *words: str) -> Written:
    return Written(name, ("compile", "net.arch", "-o", "out", "--to", *words))


WRITTEN = (
    _compiled("net.py", "pytorch"),
    _compiled("net.onnx", "onnx"),
    _compiled("net.onnx", "onnx", "--external-data"),
    _compiled("net.svg", "svg"),
    _compiled("net.dot", "dot"),
    _compiled("net.mmd", "mermaid"),
    Written("net.svg", ("diagram", "net.arch", "-o", "out/net.svg")),
    Written("net.md", ("diagram", "net.arch", "-o", "out/net.md")),
    Written("w.safetensors", ("init", "net.arch", "-o", "out/w.safetensors")),
    Written("known.json", ("lint", "net.arch", "--write-baseline", "out/known.json")),
    Written("untidy.arch", ("fmt", "out/untidy.arch"), UNTIDY, links=True),
    Written("mend.arch", ("lint", "out/mend.arch", "--fix", "--select=P108"), MENDABLE, links=True),
    Written("lenet.arch", ("zoo", "lenet", "-o", "out/lenet.arch")),
)


def prepare(folder: Path, written: Written) -> Path:
    """The file's place, with its input in it."""
    (folder / "net.arch").write_text(NET)
    (folder / "out").mkdir(exist_ok=True)
    path = folder / "out" / written.name
    if written.before is not None:
        path.write_text(written.before)
    return path
