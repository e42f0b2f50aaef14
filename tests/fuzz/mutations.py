"""Inputs: programs of the corpus with mistakes in them, and texts drawn from the grammar.

A seed is one input, the same everywhere while the corpus is the same.
"""

import re
from collections.abc import Callable
from random import Random

from tests.fuzz.corpus import TOKEN, Corpus, brackets
from tests.fuzz.grammar import sentence

NUMBERS = (
    *("0", "1", "2", "3", "7", "8", "64", "255", "256", "1000", "65_536", "999_999", "10_000_000"),
    *(str(2**31 - 1), str(2**31), str(2**63 - 1), str(2**63), str(2**64), "9" * 400, "1e308"),
    *("0.5", "1e-300", "1.5", "4.2G", "1M", "(-1)", "(-2)", "0.0", "9 ** 9", "2 ** 62", "10 ** 9"),
)
LETTERS = (
    *("\0", "\r", "\r\n", "\t", "\x0b", "\x0c", "\x1b[31m", "\x7f", "\x85", "\xa0", "\u2028"),
    *("\u202e", "\ufeff", "\u0301", "é", "字", "\U0001f600", "\u200b", "ﬁ", "İ", "ς", "\\", '"'),
    *('"""', "{", "}", "{{", "}}", "{}", "$", "`", "'", "#", ";", "\n", "\\n", "%", "&", "<", ">"),
)
WRAPPINGS = (
    *("residual {{ {} }}", "residual {{ {} }} shortcut project", "repeat 2 {{ {} }}", "{{ {} }}"),
    *("concat [{}, prev]", "add [{}, {}]", "mul [{}]", "if true {{ {} }}", "f = {}", "a, b = {}"),
    *("for i in range(3) {{ {} }}", "repeat 3 as j {{ {} }}", '"n{{1}}" = {}', "{} -> {}"),
    *("shared s = {}", "residual(op=concat) {{ {} }}", "residual(drop=0.1) {{ {} }}", "[{}]"),
    *("({})", "-{}", "not {}", "[i for i in {}]", "str({})", "len({})", "{}[0]", "{}.channels"),
    *("let v = {}", "expect {}", "output {}", "{} if prev.rank == 3 else {}", "network W {{ {} }}"),
)
ATTRIBUTES = (
    *(".channels", ".height", ".width", ".shape", ".rank", ".depth", ".length", "[0]", "[-1]"),
    *("[1:]", "()", "(1)", "(prev)", "(stride=2)", " -> relu", " -> flatten", " -> gap", " -> bn"),
)

STEPS = (
    *(
        "relu",
        "bn",
        "identity",
        "conv(4)",
        "conv(8, 1)",
        "depthwise",
        "dropout",
        "maxpool",
        "scale",
    ),
    *("{ conv(4) -> relu }", "repeat 2 { conv(4) }", "residual { bn }", "residual { relu; bn }"),
    *("residual { conv(8) } shortcut project", "concat [relu, prev]", "add [bn, relu]", "sigmoid"),
    *("mul [prev, sigmoid]", "separable(4)", "upsample", "gap", "flatten", "pad([1, 1])", "ln"),
    *("softmax", "channel_shuffle(2)", "pixel_unshuffle(2)", "gn(2)", "prelu", "droppath(0.1)"),
)
LINE_WRAPPINGS = (
    "residual { %s }",
    "repeat 2 { %s }",
    "if true { %s }",
    "for i in [1] { %s }",
    "concat [%s, prev]",
    "{ %s }",
    "new = { %s }",
    "residual if false { %s }",
    "%s; %s",
)

_FLOW = re.compile(r" +(?:\w+ = )?[a-z]\w*(?:\([^()]*\))?(?: -> [a-z]\w*(?:\([^()]*\))?)*")
Mutation = Callable[[str, Random, Corpus], str]


def drawn(seed: int, corpus: Corpus) -> bytes:
    """The input of a seed."""
    random = Random(seed)
    if random.random() < 0.1:
        text = sentence(random, corpus.words)
    else:
        text = corpus.program(random)
        mutations = GENTLE if random.random() < 0.5 else MUTATIONS
        while True:
            text = random.choice(mutations)(text, random, corpus)
            if random.random() < 0.5:
                break
    data = text.encode("utf-8", "surrogatepass")
    return _torn(data, random) if random.random() < 0.03 else data


def _torn(data: bytes, random: Random) -> bytes:
    """Bytes that are changed, taken out or put in, so that they are no UTF-8 at times."""
    at = random.randrange(len(data) + 1)
    return data[:at] + random.randbytes(random.randrange(4)) + data[at + random.randrange(4) :]


def _tokens(text: str) -> list[str]:
    return TOKEN.findall(text)


def _solid(tokens: list[str]) -> list[int]:
    """The places of tokens that are no blanks."""
    return [at for at, token in enumerate(tokens) if not token.isspace()] or [0]


def _on_tokens(change: Callable[[list[str], int, Random, Corpus], None]) -> Mutation:
    """A mutation at one token that is no blank."""

    def mutation(text: str, random: Random, corpus: Corpus) -> str:
        tokens = _tokens(text) or [" "]
        change(tokens, random.choice(_solid(tokens)), random, corpus)
        return "".join(tokens)

    return mutation


def _drop(tokens: list[str], at: int, random: Random, corpus: Corpus) -> None:
    del tokens[at]


def _repeat(tokens: list[str], at: int, random: Random, corpus: Corpus) -> None:
    tokens[at] += tokens[at] * random.choice((1, 1, 2, 30))


def _replace(tokens: list[str], at: int, random: Random, corpus: Corpus) -> None:
    tokens[at] = random.choice(corpus.words)


def _insert(tokens: list[str], at: int, random: Random, corpus: Corpus) -> None:
    tokens[at] = f"{random.choice(corpus.words)} {tokens[at]}"


def _swap(tokens: list[str], at: int, random: Random, corpus: Corpus) -> None:
    other = random.choice(_solid(tokens))
    tokens[at], tokens[other] = tokens[other], tokens[at]


def _same_kind(tokens: list[str], at: int, random: Random, corpus: Corpus) -> None:
    """Another token of this text that begins alike: a name for a name, a number for a number."""

    def kind(token: str) -> str:
        return "a" if token[0].isalpha() else "0" if token[0].isdigit() else token[0]

    alike = [one for one in tokens if kind(one) == kind(tokens[at])]
    tokens[at] = random.choice(alike)


def _number(tokens: list[str], at: int, random: Random, corpus: Corpus) -> None:
    places = [place for place, token in enumerate(tokens) if token[0].isdigit()]
    tokens[random.choice(places) if places else at] = random.choice(NUMBERS)


def _attribute(tokens: list[str], at: int, random: Random, corpus: Corpus) -> None:
    tokens[at] += random.choice(ATTRIBUTES)


def _small_number(tokens: list[str], at: int, random: Random, corpus: Corpus) -> None:
    places = [place for place, token in enumerate(tokens) if token.isdigit()]
    if places:
        tokens[random.choice(places)] = random.choice(("1", "2", "3", "4", "5", "8", "16", "32"))


def _step(tokens: list[str], at: int, random: Random, corpus: Corpus) -> None:
    """One more step before an arrow, or behind a line that looks like a flow."""
    places = [place for place, token in enumerate(tokens) if token == "->"]
    places += [place for place in range(2, len(tokens)) if tokens[place][0] == "\n"]
    if places:
        tokens[random.choice(places)] = (
            f"-> {random.choice(STEPS)} " + tokens[random.choice(places)]
        )


def _letters(text: str, random: Random, corpus: Corpus) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(LETTERS) + text[at + random.randrange(2) :]


def _cut(text: str, random: Random, corpus: Corpus) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] if random.random() < 0.5 else text[:at] + text[at + random.randrange(20) :]


def _lines(text: str, random: Random, corpus: Corpus) -> str:
    """A line that is taken out, doubled, moved, or comes from another program."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    match random.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines[at:at] = [lines[at]] * random.choice((1, 1, 2, 20))
        case 2:
            lines.insert(random.randrange(len(lines)), lines.pop(at))
        case _:
            lines.insert(at, random.choice(corpus.statements))
    return "\n".join(lines)


def _wrap_line(text: str, random: Random, corpus: Corpus) -> str:
    """A line of a body inside something else, where that is likely to be allowed."""
    lines = text.split("\n")
    flows = [at for at, line in enumerate(lines) if _FLOW.fullmatch(line)]
    if not flows:
        return text
    at = random.choice(flows)
    lines[at] = random.choice(LINE_WRAPPINGS).replace("%s", lines[at].strip())
    return "\n".join(lines)


def _group(text: str, random: Random, corpus: Corpus) -> str:
    """What stands in brackets becomes what stands in others, here or in another program."""
    found = brackets(text)
    if not found:
        return text
    start, end = random.choice(found)
    if random.random() < 0.3:
        other_start, other_end = random.choice(found)
        return text[:start] + text[other_start:other_end] + text[end:]
    return text[:start] + random.choice(corpus.groups[text[start]]) + text[end:]


def _wrap(text: str, random: Random, corpus: Corpus) -> str:
    """A piece of the text inside something else."""
    tokens = _tokens(text)
    if not tokens:
        return text
    start = random.choice(_solid(tokens))
    end = min(len(tokens), start + random.choice((1, 1, 2, 4, 8)))
    for at, opening in enumerate(tokens[start : start + 2], start):
        if opening in "([{" and opening.strip():
            depth = 0
            for end in range(at, len(tokens)):
                depth += (tokens[end] in "([{") - (tokens[end] in ")]}")
                if not depth:
                    break
            end += 1
            break
    piece = "".join(tokens[start:end])
    around = random.choice(WRAPPINGS).replace("{{", "{").replace("}}", "}")
    wrapped = piece.join(around.split("{}"))
    return "".join((*tokens[:start], wrapped, *tokens[end:]))


def _splice(text: str, random: Random, corpus: Corpus) -> str:
    """The beginning of this program, and the end of another."""
    other = random.choice(corpus.small)
    return (
        text[: random.randrange(len(text) + 1)] + other[random.randrange(len(other) + 1) :]
        if random.random() < 0.5
        else f"{text}\n{other}"
    )


def _deepen(text: str, random: Random, corpus: Corpus) -> str:
    """A group in itself, again and again."""
    found = brackets(text)
    if not found:
        return text
    start, end = random.choice(found)
    inside, whole = random.choice(found), text[start:end]
    if not start <= inside[0] < inside[1] <= end or end - start > 200:
        return text
    before, after = text[start : inside[0]], text[inside[1] : end]
    times = random.choice((2, 5, 30))
    return text[:start] + before * times + whole + after * times + text[end:]


GENTLE: tuple[Mutation, ...] = (
    *map(_on_tokens, (_small_number, _small_number, _same_kind, _step, _step)),
    *(_wrap_line, _wrap_line, _lines),
)
"""Changes after which a program is often valid still."""
MUTATIONS: tuple[Mutation, ...] = (
    *map(_on_tokens, (_drop, _repeat, _replace, _insert, _swap)),
    *map(_on_tokens, (_same_kind, _same_kind, _number, _number, _attribute)),
    *(_letters, _cut, _lines, _lines, _group, _group, _wrap, _wrap, _splice, _deepen),
)
