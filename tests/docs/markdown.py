"""Fenced blocks and generated sections of Markdown files."""

import re
from typing import NamedTuple

_FENCE = re.compile(r"^```(?P<language>\w+)(?P<words>[^\n]*)\n(?P<text>.*?)^```$", re.M | re.S)
_SECTION = re.compile(
    r"(?P<open><!-- generated: (?P<name>[\w-]+) -->\n).*?(?P<close>^<!-- end -->$)", re.M | re.S
)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (?P<text>.+)$", re.M)


class Fence(NamedTuple):
    """A fenced block: "```arch E301" has the language `arch` and the word `E301`."""

    language: str
    words: tuple[str, ...]
    text: str
    line: int
    start: int

    def option(self, name: str) -> str | None:
        """The value of a word such as `file=net.arch`."""
        values = [word.partition("=")[2] for word in self.words if word.startswith(f"{name}=")]
        return values[0] if values else None


def fences(markdown: str) -> list[Fence]:
    """Blocks that name a language, in order."""
    return [
        Fence(
            found["language"],
            tuple(found["words"].split()),
            found["text"],
            markdown.count("\n", 0, found.start("text")) + 1,
            found.start("text"),
        )
        for found in _FENCE.finditer(markdown)
    ]


def with_texts(markdown: str, texts: dict[Fence, str]) -> str:
    """The document with the texts of some of its blocks replaced."""
    for fence in sorted(texts, key=lambda fence: fence.start, reverse=True):
        end = fence.start + len(fence.text)
        markdown = markdown[: fence.start] + texts[fence] + markdown[end:]
    return markdown


def section_names(markdown: str) -> list[str]:
    """Names of the generated sections."""
    return [found["name"] for found in _SECTION.finditer(markdown)]


def with_section(markdown: str, name: str, text: str) -> str:
    """The document with a generated section filled in."""

    def filled(found: re.Match[str]) -> str:
        return f"{found['open']}\n{text}\n\n{found['close']}" if found["name"] == name else found[0]

    return _SECTION.sub(filled, markdown)


def links(markdown: str) -> list[str]:
    """Targets of links outside code."""
    prose = re.sub(r"`[^`\n]*`", "", _FENCE.sub("", markdown))
    return [found["target"] for found in _LINK.finditer(prose)]


def anchors(markdown: str) -> set[str]:
    """The anchors that headings get on code hosts."""
    return {
        re.sub(r"[^\w\- ]", "", found["text"].lower()).replace(" ", "-")
        for found in _HEADING.finditer(_FENCE.sub("", markdown))
    }
