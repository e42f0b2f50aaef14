"""From text to syntax tree."""

from archdsl.syntax.parser import ParseResult, parse, parse_value

__all__ = ["ParseResult", "parse", "parse_value"]
