"""A program with a mistake in it."""

from typing import NamedTuple

from tests.elaborate.programs import network


class Case(NamedTuple):
    title: str
    text: str
    files: dict[str, str] = {}  # noqa: RUF012
    sizes: dict[str, int] = {}  # noqa: RUF012


def body(title: str, text: str, before: str = "", image: str = "image[3, H=32, W=32]") -> Case:
    return Case(title, network(text, before, image))
