"""The gallery: `docs/gallery.md` and its pictures, drawn by the commands that the page shows.

`make gallery` writes them; a test holds them to what is drawn.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "gallery.md"
PICTURES = ROOT / "docs" / "images" / "gallery"


class Picture(NamedTuple):
    """A picture, what is to be seen on it, and the command behind SPEC and file."""

    name: str
    title: str
    spec: str
    text: str
    options: str = ""


GALLERY = (
    Picture(
        "lenet5",
        "LeNet-5",
        "specs/lenet.arch:LeNet5",
        "A chain from left to right. Activations stand with the layer before them.",
        "--direction LR",
    ),
    Picture(
        "vgg16",
        "VGG-16",
        "specs/vgg.arch:VGG16",
        "Alike layers in a row are one node with their number.",
    ),
    Picture(
        "googlenet",
        "GoogLeNet",
        "specs/googlenet.arch:GoogLeNet",
        "Heads that exist in training only are dashed. In greys, shapes tell kinds apart.",
        "--theme print",
    ),
    Picture(
        "resnet18",
        "ResNet-18",
        "specs/resnet.arch:ResNet18",
        "Residual blocks hold their skips; a projection on one is a part of it.",
    ),
    Picture(
        "resnet50",
        "ResNet-50",
        "specs/resnet.arch:ResNet50",
        "With more blocks than can be read they stay closed. Figures are those of all repeats.",
        "--show params,macs,field",
    ),
    Picture(
        "resnet152",
        "ResNet-152 at the stage level",
        "specs/resnet.arch:ResNet152",
        "Fifty blocks on one screen.",
        "--level stage --direction LR --show params",
    ),
    Picture(
        "mobilenet_v2",
        "MobileNet v2",
        "specs/mobilenet_v2.arch:MobileNetV2",
        "Only blocks with a skip are open.",
    ),
    Picture(
        "efficientnet_b0",
        "EfficientNet-B0",
        "specs/efficientnet.arch:EfficientNetB0",
        "On a dark page.",
        "--theme dark",
    ),
    Picture(
        "unet",
        "U-Net",
        "docs/examples/unet.arch:UNet",
        "A valley: the half that leads up again stands beside the one that leads down.",
    ),
    Picture(
        "fpn",
        "A feature pyramid on ResNet-50",
        "docs/examples/fpn.arch:FPN",
        "A valley with several ways out.",
    ),
    Picture(
        "lenet5_labels",
        "Labels of your own",
        "specs/lenet.arch:LeNet5",
        "Every layer with its arguments and the line of the source that it is from.",
        '--level layer --label "{name}\\n{op}({args})\\nline {line}"',
    ),
)

HEAD = """\
# Gallery

Each picture is what the command above it draws. `make gallery` draws all of them again; a test
holds them to the program. [Diagrams](diagrams.md) says what is to be seen on them.
"""


def command(picture: Picture) -> str:
    """The command as a reader would type it."""
    return f"archdsl diagram {picture.spec} -o {picture.name}.svg {picture.options}".rstrip()


def page() -> str:
    """The text of `docs/gallery.md`."""
    parts = [HEAD]
    for picture in GALLERY:
        spec = picture.spec.partition(":")[0]
        parts.append(
            f"## {picture.title}\n\n{picture.text} [Source](../{spec}).\n\n"
            f"```sh\n{command(picture)}\n```\n\n"
            f"![{picture.title}](images/gallery/{picture.name}.svg)\n"
        )
    return "\n".join(parts)


def draw(picture: Picture, folder: Path) -> Path:
    """Run the command of a picture, and return the file that it wrote."""
    path = folder / f"{picture.name}.svg"
    words = shlex.split(command(picture))[1:]
    words[words.index(path.name)] = os.fspath(path)
    subprocess.run(
        [sys.executable, "-m", "archdsl", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.fspath(ROOT)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return path


def write() -> None:
    """Write the page and its pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for picture in GALLERY:
        draw(picture, PICTURES)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
