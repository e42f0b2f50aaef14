"""Bytes, characters and file names of every kind: what is promised of them in docs/reliability.md.

Columns count code points from 1, in text, JSON and SARIF alike; a byte order mark is none. The line
below the source is about what a terminal shows.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from archdsl.cli import main
from archdsl.source import Source, Span
from archdsl.visible import columns
from tests.cli.commands import ROOT

BROKEN = 'network N {{\n  input x: image[3, H=8, W=8]\n  let t = "{}"; conv(zzz, len(t))\n}}\n'
SOUND = "arch 1\n\nnetwork N {\n  input x: image[3, H=8, W=8]\n  c = conv(4)\n}\n"


class Place(NamedTuple):
    """Where an error must be said to stand."""

    code: str
    line: int
    column: int
    end_column: int


class Done(NamedTuple):
    code: int
    out: str
    err: str


def run(*words: str | bytes, cwd: Path, **environment: str) -> Done:
    """A command in a process of its own, its words bytes where they are no text."""
    done = subprocess.run(
        [sys.executable, "-m", "archdsl", *words],
        check=False,
        cwd=cwd,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    return Done(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


TEXTS = {
    "plain": (BROKEN.format("ab").encode(), Place("E201", 3, 22, 25)),
    "CRLF": (BROKEN.format("ab").replace("\n", "\r\n").encode(), Place("E201", 3, 22, 25)),
    "mixed line ends": (
        BROKEN.format("ab").replace("\n", "\r\n", 1).encode(),
        Place("E201", 3, 22, 25),
    ),
    "a byte order mark": (b"\xef\xbb\xbflet a = zzz\n", Place("E201", 1, 9, 12)),
    "two byte order marks": (b"\xef\xbb\xbf\xef\xbb\xbflet a = 1\n", Place("E133", 1, 1, 2)),
    "tabs": (
        b"network N {\n\tinput x: image[3, 8, 8]\n\tconv(\tzzz)\n}\n",
        Place("E201", 3, 8, 11),
    ),
    "U+2028": (BROKEN.format("a\u2028").encode(), Place("E201", 3, 22, 25)),
    "U+0085 in a comment": ("# a\u0085b\n".encode() + b"let a = zzz\n", Place("E201", 2, 9, 12)),
    "a form feed": (b"let a = 1\x0c\n", Place("E133", 1, 10, 11)),
    "NUL": (BROKEN.format("a\0").encode(), Place("E402", 3, 13, 14)),
    "a lone carriage return": (b"let a = 1\rlet b = 2\n", Place("E403", 1, 10, 11)),
    "Latin-1": (b"# na\xefve\nlet a = zzz\n", Place("E401", 1, 5, 6)),
    "UTF-16": ("let a = 1\n".encode("utf-16"), Place("E401", 1, 1, 2)),
    "a surrogate": (b"# \xed\xa0\x80\n", Place("E401", 1, 3, 4)),
    "an overlong slash": (b"# \xc0\xaf\n", Place("E401", 1, 3, 4)),
    "a cut character": (b"let a = 1 # \xf0\x9f\x98", Place("E401", 1, 13, 14)),
    "emoji": (BROKEN.format("\U0001f600\U0001f600").encode(), Place("E201", 3, 22, 25)),
    "wide characters": (BROKEN.format("\u5b57\u5b57").encode(), Place("E201", 3, 22, 25)),
    "combining characters": (BROKEN.format("e\u0301").encode(), Place("E201", 3, 22, 25)),
    "joined emoji": (
        BROKEN.format("\U0001f469\u200d\U0001f4bb").encode(),
        Place("E201", 3, 23, 26),
    ),
    "turned text": (BROKEN.format("\u202eab").encode(), Place("E201", 3, 23, 26)),
    "no newline at the end": (b"let a = zzz", Place("E201", 1, 9, 12)),
    "a comment at the end": (b"let a = zzz # b", Place("E201", 1, 9, 12)),
    "5,000 digits": (b"let a = " + b"9" * 5000 + b"\n", Place("E409", 1, 9, 5009)),
    "5,000 digits behind a point": (b"let a = zzz + 0." + b"1" * 5000, Place("E201", 1, 9, 12)),
    "a name that is not ASCII": ("let gr\u00f6\u00dfe = 1\n".encode(), Place("E122", 1, 5, 10)),
    "an NFKC look-alike": ("let \uff41 = 1\n".encode(), Place("E122", 1, 5, 6)),
}


def report(capsys: pytest.CaptureFixture[str], path: Path, form: str) -> Any:
    """What `lint` says of a file in JSON or SARIF."""
    capsys.readouterr()
    main(["lint", "--no-cache", "--format", form, str(path)])
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("title", TEXTS)
def test_places_are_the_same_in_every_format(
    title: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, place = TEXTS[title]
    net = tmp_path / "net.arch"
    net.write_bytes(data)
    assert main(["check", str(net)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"{net}:{place.line}:{place.column}: error {place.code}: ")
    (one,) = (each for each in report(capsys, net, "json") if each["code"] == place.code)
    assert Place(place.code, one["line"], one["column"], one["end_column"]) == place
    run = report(capsys, net, "sarif")["runs"][0]
    assert run["columnKind"] == "unicodeCodePoints"
    (result,) = (each for each in run["results"] if each["ruleId"] == place.code)
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (
        Place(place.code, region["startLine"], region["startColumn"], region["endColumn"]) == place
    )
    assert main(["fmt", str(net)]) == (0 if place.code == "E201" else 1)
    if place.code != "E201":
        assert net.read_bytes() == data


UNDERLINED = [title for title, (_, place) in TEXTS.items() if place.code == "E201"]


@pytest.mark.parametrize("title", UNDERLINED)
def test_the_sign_stands_below_what_it_means(
    title: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = tmp_path / "net.arch"
    net.write_bytes(TEXTS[title][0])
    main(["check", str(net)])
    _, shown, signs, *_ = capsys.readouterr().err.split("\n")
    before = shown.partition("zzz")[0]
    blanks = signs.index("^")
    assert signs[blanks:] == "^^^"
    assert signs[:blanks].count("\t") == before.count("\t")
    assert blanks == sum(1 if one == "\t" else columns(one) for one in before)


def test_an_empty_file_is_valid(tmp_path: Path) -> None:
    for data in (b"", b"\n", b"\xef\xbb\xbf", b"# a comment", b"\r\n\r\n"):
        (tmp_path / "net.arch").write_bytes(data)
        assert run("check", "net.arch", cwd=tmp_path) == Done(
            0, "net.arch: 0 networks, no errors\n", ""
        )
        assert run("lint", "net.arch", cwd=tmp_path).code == 0


NAMES = (
    *("a b.arch", "  .arch", "-net.arch", "--help", "a'b\"c.arch", "a\nb.arch", "caf\u00e9.arch"),
    *(
        "cafe\u0301.arch",
        "\u5b57.arch",
        "\U0001f600.arch",
        "net",
        "a:b.arch",
        "::error::.arch",
        "%41.arch",
    ),
    *("a#b?c.arch", "a;b&c|d.arch", "$(touch x).arch", "*.arch", "~.arch", "a\\b.arch"),
)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_files(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(SOUND, encoding="utf-8")
    assert run("check", "--", name, cwd=tmp_path).code == 0
    assert run("compile", "--", f"./{name}:N", cwd=tmp_path).code == 0
    assert (tmp_path / "build" / "n.py").exists()
    assert run("fmt", "--check", "--", name, cwd=tmp_path).code == 0
    (tmp_path / name).write_text("let a = zzz\n", encoding="utf-8")
    found = json.loads(run("lint", "--format", "json", "--", name, cwd=tmp_path).out)
    assert {one["file"] for one in found} == {name}
    report = json.loads(run("lint", "--format", "sarif", "--", name, cwd=tmp_path).out)
    result = report["runs"][0]["results"][0]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii() and not set(uri) & set(" #?\\\n\"'")
    if name.endswith(".arch"):
        assert run("lint", ".", cwd=tmp_path).code == 1
    assert sorted(os.listdir(tmp_path)) == sorted([name, "build"])


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_no_text(tmp_path: Path) -> None:
    name = b"n\xff\xfe.arch"
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
        file.write(SOUND.encode())
    assert run("check", name, cwd=tmp_path).code == 0
    assert run("check", b"\xff.arch", cwd=tmp_path).code == 2
    assert run("check", b"--\xff", cwd=tmp_path).code == 2
    assert run("check", name, "--set", b"\xff=1", cwd=tmp_path).code in (1, 2)
    assert run("check", name, "--input", b"H=\xff", cwd=tmp_path).code == 2
    assert run(b"\xff", cwd=tmp_path).code == 2
    assert run("explain", b"\xff", cwd=tmp_path).code == 2
    for form in ("text", "json", "sarif", "github", "junit"):
        done = run("lint", "--format", form, ".", cwd=tmp_path)
        assert (done.code, done.err) == (0, "")
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
        file.write(b"let a = zzz\n")
    for form in ("text", "json", "sarif", "github", "junit"):
        done = run("lint", "--format", form, ".", cwd=tmp_path)
        assert done.code == 1 and "internal error" not in done.err


@pytest.mark.parametrize(
    "word", ["", "\ud800", "9" * 5000, "zzz", '"', "1 +", "\U0001f600", "[" * 300]
)
def test_arguments_from_outside(word: str, tmp_path: Path) -> None:
    (tmp_path / "net.arch").write_text(SOUND.replace("N {", "N(k: int = 1) {"), encoding="utf-8")
    value = word.encode("utf-8", "surrogateescape" if word.isascii() else "surrogatepass")
    for command in (
        ("check", "net.arch", "--set", b"k=" + value),
        ("check", "net.arch", "--input", b"H=" + value),
        ("check", b"net.arch:N" + value),
        ("compile", "net.arch", "--to", value),
        ("summary", "net.arch", "--depth", value),
    ):
        done = run(*command, cwd=tmp_path)
        assert done.code in (1, 2) or command[1] == b"net.arch:N", (command, done)
        assert "internal error" not in done.err and "Traceback" not in done.err


def test_imports_take_a_name_as_it_is_written(tmp_path: Path) -> None:
    decomposed = "cafe\u0301.arch"
    (tmp_path / decomposed).write_text("block B {\n  relu\n}\n", encoding="utf-8")
    (tmp_path / "net.arch").write_text(
        f'from "{decomposed}" import B\n{SOUND.replace("conv(4)", "B")}'.replace("arch 1\n", ""),
        encoding="utf-8",
    )
    assert run("check", "net.arch", cwd=tmp_path).code == 0


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
def test_output_in_any_locale(locale: str, tmp_path: Path) -> None:
    (tmp_path / "net.arch").write_bytes(BROKEN.format("\U0001f600\u5b57").encode())
    done = run("check", "net.arch", cwd=tmp_path, LC_ALL=locale, PYTHONIOENCODING="ascii:strict")
    assert done.code == 1 and "internal error" not in done.err


def test_columns_of_a_span_count_code_points() -> None:
    source = Source("net.arch", "\U0001f600e\u0301x\r\ny")
    assert [source.position(offset) for offset in (0, 1, 3, 6)] == [(1, 1), (1, 2), (1, 4), (2, 1)]
    assert Span(source, 3, 4).text == "x"
    assert [columns(one) for one in ("a", "\u5b57", "\U0001f600", "e\u0301", "\x1b")] == [
        1,
        2,
        2,
        1,
        4,
    ]
