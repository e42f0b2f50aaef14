"""Edits that take a layer out of the source and leave the names of all others as they are."""

from archdsl.diagnostics import Edit
from archdsl.graph.ir import Step
from archdsl.lint.net import Net
from archdsl.source import Span
from archdsl.syntax import ast


def without(net: Net, step: Step) -> Edit | None:
    """The edit that takes a layer out of its chain, or its statement out of the body; None where
    more hangs on it: a name, the keys of other weights, a branch that would be left empty.
    """
    if step.layer.weights or not isinstance(step.origin.node, ast.Call):
        return None
    around = net.syntax_around(step)
    if len(around) < 2 or not isinstance(around[-1], ast.Flow):
        return None
    flow = around[-1]
    if _moves_keys(net, step):
        return None
    if len(flow.steps) > 1:
        return _out_of_chain(flow, net.place_in_syntax(step))
    return out_of_body(flow.span) if isinstance(around[-2], ast.Body) else None


def _moves_keys(net: Net, step: Step) -> bool:
    """Whether weights of a numbered level would get other numbers, or lose theirs."""
    if not net.graph.instances[step.parent].numbered:
        return False
    last = net.last_weights(step.parent)
    if len(net.graph.instances[step.parent].members) == 2:
        return last is not None  # a chain of one layer is no level
    return last is not None and last > net.member_place(step)


def _out_of_chain(flow: ast.Flow, place: int) -> Edit:
    """The step at a place with the arrow before it, or with the one behind it where it is the
    first.
    """
    node = flow.steps[place]
    if place:
        before = flow.steps[place - 1].span
        return Edit(Span(node.span.source, before.end, node.span.end), "")
    return Edit(Span(node.span.source, node.span.start, flow.steps[1].span.start), "")


def out_of_body(span: Span) -> Edit:
    """A statement with its line and the comment behind it, or with the semicolon that parts it from
    the next one.
    """
    text = span.source.text
    start, end = span.start, span.end
    while start and text[start - 1] in " \t":
        start -= 1
    while end < len(text) and text[end] in " \t":
        end += 1
    after = _line_end(text, end)
    if after is not None and (not start or text[start - 1] == "\n"):
        if text.endswith(("\n\n", "\n\r\n"), 0, start) or not start:
            # Of the empty lines around it those above are enough.
            while (next_line := _line_end(text, after, comments=False)) not in (None, after):
                after = next_line
        return Edit(Span(span.source, start, after), "")
    if text[end : end + 1] == ";":
        while text[end + 1 : end + 2] in (" ", "\t"):
            end += 1
        return Edit(Span(span.source, span.start, end + 1), "")
    if text[start - 1 : start] == ";":
        return Edit(Span(span.source, start - 1, span.end), "")
    return Edit(span, "")


def _line_end(text: str, place: int, comments: bool = True) -> int | None:
    """Where the next line begins, if only blanks and perhaps a comment stand before it."""
    end = text.find("\n", place)
    rest = text[place:] if end < 0 else text[place:end]
    if rest.strip() and not (comments and rest.lstrip().startswith("#")):
        return None
    return len(text) if end < 0 else end + 1
