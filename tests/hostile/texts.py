"""Texts that end strings, comments, labels and lines somewhere, or steer what shows them."""

import re
from itertools import cycle

FORGED = "FORGED"
"""Stands where a text would begin a line or an element of its own, if it could."""

_ENDS = {
    "python": [
        '"""',
        "'''",
        '"',
        "'",
        '\\"""',
        '\\\\"""',
        "\\",
        "\\\\",
        '"""\\',
        "\\N{DASH}",
        "\\x00",
    ],
    "html": ['">', "'>", "-->", "]]>", "</title>", "</text>", "</script>", "</style>", "?>", "/>"],
    "dot": ['"];', '"]', "};", ">];", "\\N", "\\G", '\\"];', "</B>>];", '">]; }'],
    "mermaid": [
        '"]',
        '"])',
        ")))",
        "\nend\n",
        "%%",
        '"]:::x',
        "```\n",
        "~~~\n",
        "#quot;]",
        "\n---\n",
    ],
    "markdown": ["|", "](", "`", "```", "<!--", "\n\n# ", "\n- ", "\n| ", "[x]: ", "&vert;"],
    "data": ['"}', '"]', ",", ";", "\t", '","', "}}", "{{", "${", "%s", "#{", "{0}"],
    "lines": [
        "\n",
        "\r",
        "\r\n",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x1d",
        "\x1e",
        "\x85",
        "\u2028",
        "\u2029",
    ],
}
"""What may end a text, by whose text that is."""

_REST = {
    "python": [
        "import os; os.mkdir('FORGED')",
        "\nimport FORGED\n",
        "\nraise FORGED # ",
        " + FORGED + ",
    ],
    "html": [
        "<script>FORGED</script>",
        "<img src=x onerror=FORGED>",
        "<FORGED/>",
        "<!ENTITY FORGED>",
    ],
    "dot": [" FORGED [label=x]; ", " FORGED -> FORGED", " subgraph FORGED {", ' URL="FORGED"'],
    "mermaid": ["\nFORGED --> FORGED\n", "\nclick FORGED call x()", "\nclassDef FORGED fill:red"],
    "markdown": ["FORGED](javascript:FORGED)", "\n# FORGED", "<FORGED>", "\n| FORGED | FORGED |"],
    "data": ['"FORGED": "', "\nFORGED,FORGED\n", "=FORGED()", '", "FORGED": ["'],
    "lines": ["FORGED", "::error::FORGED", "FORGED = 1", "net.arch:1:1: error FORGED"],
}
"""What would then stand there in that language."""

_STEER = [
    *(
        "\x1b[31m",
        "\x1b[2J",
        "\x1b]0;FORGED\x07",
        "\x1b]52;c;RlRH\x07",
        "\x1bP+q\x1b\\",
        "\x1b_G\x1b\\",
    ),
    *(
        "\x9b31m",
        "\x9d0;FORGED\x9c",
        "\x90q\x9c",
        "\x08\x08\x08FORGED",
        "\x7f",
        "\x07",
        "\x0e",
        "\x00",
    ),
    *(
        "\u202eFORGED",
        "\u202d",
        "\u202a",
        "\u202b",
        "\u202c",
        "\u2066",
        "\u2067",
        "\u2068",
        "\u2069",
    ),
    *("\u200e", "\u200f", "\u061c", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad"),
    *(
        "\U000e0041\U000e007f",
        "\ufff9",
        "\ufffe",
        "\U0010ffff",
        "\ue000",
        "\u3164",
        "\u115f",
        "\u00a0",
    ),
]
"""Control characters of terminals and of the direction of text, and what cannot be seen."""

_WHOLE = [
    *("# -*- coding: utf-7 -*-", "coding=utf-16", "coding:rot13", "vim: set fileencoding=utf-7:"),
    *("+AGYAbwBvACIAOwBGAE8AUgBHAEUARA-", "__import__('FORGED')", "f'{FORGED}'", "{FORGED!r:>{x}}"),
    *(
        "forward",
        "__init__",
        "__class__",
        "self",
        "None",
        "torch",
        "class",
        "lambda",
        "prev",
        "input",
    ),
    *("../../FORGED", "/etc/passwd", "C:\\FORGED", "..", ".", "-", "--help", "-o", "NUL", "con.py"),
    *("=FORGED()", "+FORGED", "@SUM(FORGED)", "-2+3+cmd|' /C calc'!A0", "\t=FORGED()", "%0AFORGED"),
    *(
        "::error::FORGED",
        "::add-mask::a",
        "::stop-commands::FORGED",
        "##[error]FORGED",
        "%25%0A::x::",
    ),
    *("&#x0;", "&lt;FORGED&gt;", "<!DOCTYPE FORGED [", "<![CDATA[FORGED", "&FORGED;", "&amp;amp;"),
    *(
        "%%{init: {'securityLevel': 'loose'}}%%",
        "javascript:FORGED",
        "end",
        "subgraph FORGED",
        "graph",
    ),
    *(
        "ﬁｎａｌ",
        "ﬀ",
        "ⅷ",
        "\U0001d41f\U0001d428\U0001d42b\U0001d430\U0001d41a\U0001d42b\U0001d41d",
        "\u0435",
        "ß",
        "İ",
        "ǆ",
        "क्षि",
        "שלום",
        "😀",
        "👩\u200d👩\u200d👧",
        "🏳\ufe0f",
    ),
    *("__proto__", "constructor", "toString", "hasOwnProperty", "arguments", "default"),
    *("<svg/onload=FORGED>", "data:text/html,FORGED", "${jndi:ldap://FORGED}", "%(FORGED)s"),
    *("$(FORGED)", "`FORGED`", "; FORGED", "&& FORGED", "| FORGED", "'; DROP TABLE FORGED; --"),
    *("Z" + "\u0300" * 100, "A" * 5_000, "a " * 2_000, "(" * 500, "<" * 500, "&" * 500, '"' * 300),
    *(
        "",
        " ",
        "\t",
        "\n",
        "\n\n\n",
        "  x",
        "x  ",
        "\\n",
        "\\",
        '"',
        "#",
        "# archdsl: ignore[P108] x",
    ),
    *(
        "archdsl: ignore-file[P108]",
        "\x1a",
        "0",
        "1e999",
        "nan",
        "%",
        "%n%n%n",
        "{}",
        "{{}}",
        "null",
    ),
]

HOSTILE: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *(
                f"x{end}{rest}"
                for kind, ends in _ENDS.items()
                for end, rest in zip(ends, cycle(_REST[kind]))
            ),
            *(f"x{end}{rest}" for end in _ENDS["lines"] for rest in _REST["python"]),
            *_STEER,
            *(f"x{steering}y" for steering in _STEER[:20]),
            *_WHOLE,
        ]
    )
)
"""All of them, each once."""


def in_string(text: str) -> str:
    """A text between the quotes of a string of the language, as far as it can stand there."""
    allowed = "".join(letter for letter in text if _stands_in_strings(letter))
    for letter, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        allowed = allowed.replace(letter, escape)
    return allowed.replace("{", "{{").replace("}", "}}")


def in_doc(text: str) -> str:
    """The same for a documentation string, where braces are braces."""
    return in_string(text).replace("{{", "{").replace("}}", "}")


def is_blank(text: str) -> bool:
    """Whether a documentation string of it has nothing to say."""
    return not "".join(filter(_stands_in_strings, text)).strip()


def in_comment(text: str) -> str:
    """A text behind a `#`: all of it that is no end of a line."""
    return text.translate({0: None, 10: None, 13: None})


def fits_string(text: str) -> bool:
    """Whether `in_string` leaves nothing of a text out, and UTF-8 can write it."""
    return all(map(_stands_in_strings, text)) and not re.search("[\ud800-\udfff]", text)


def _stands_in_strings(letter: str) -> bool:
    return letter in "\n\t" or not (letter < " " or "\x7f" <= letter <= "\x9f")
