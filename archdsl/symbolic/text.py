"""Symbolic sizes as a reader writes them. Loaded only where a size is symbolic."""

from math import gcd, lcm

from archdsl.symbolic.size import Atom, Dim, Monomial, Size, Unit, term_order


def text_of(dim: Dim, scale: int = 1) -> str:
    """`scale` times the size, as a reader writes it: ``(H-1)//2+1``, ``H/2``, ``3*H*W/16``."""
    if isinstance(dim, int):
        return str(dim * scale)
    parts = [
        _term_text(monomial, count * scale)
        for monomial, count in sorted(dim.terms.items(), key=term_order)
    ]
    return "".join(
        part if part.startswith("-") or not index else f"+{part}"
        for index, part in enumerate(parts)
    )


def _term_text(monomial: Monomial, count: int) -> str:
    if not monomial:
        return str(count)
    per = _multiple(monomial)
    common = gcd(count, per)
    numerator, denominator = count // common, per // common
    factors = [] if abs(numerator) == 1 else [str(abs(numerator))]
    alone = len(monomial) == 1 and not factors and denominator == 1
    factors += [_atom_text(atom, alone) for atom in monomial]
    sign = "-" if numerator < 0 else ""
    return sign + "*".join(factors) + ("" if denominator == 1 else f"/{denominator}")


def _multiple(monomial: Monomial) -> int:
    per = 1
    for atom in monomial:
        per *= atom.symbol.multiple if isinstance(atom, Unit) else 1
    return per


def _atom_text(atom: Atom, alone: bool) -> str:
    if isinstance(atom, Unit):
        return atom.symbol.name
    # Above a fraction such as (H/2)//2 both sides are scaled: H//4.
    scale = 1
    if isinstance(atom.numerator, Size):
        for monomial, count in atom.numerator.terms.items():
            per = _multiple(monomial)
            scale = lcm(scale, per // gcd(count, per))
    numerator = text_of(atom.numerator, scale)
    if isinstance(atom.numerator, Size) and len(atom.numerator.terms) > 1:
        numerator = f"({numerator})"
    divisor = text_of(atom.divisor, scale)
    if isinstance(atom.divisor, Size) and not divisor.isidentifier():
        divisor = f"({divisor})"
    quotient = f"{numerator}//{divisor}"
    return quotient if alone else f"({quotient})"
