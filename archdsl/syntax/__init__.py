"""From text to syntax tree."""

from archdsl.syntax.decode import decode
from archdsl.syntax.parser import ParseResult, parse, parse_value

__all__ = ["ParseResult", "decode", "parse", "parse_value"]
