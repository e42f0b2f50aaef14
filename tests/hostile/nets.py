"""Sources with a text in every place where one can stand."""

import re
from collections.abc import Sequence

from tests.hostile.texts import in_comment, in_doc, in_string

HARMLESS = "harmless"

_EVERYWHERE = '''\
# x COMMENT
# archdsl: ignore-file[S404] COMMENT
extern op Odd(label: str = "STRING", labels: list[str] = ["STRING", "b"]) {
  shape input.shape
  pytorch "torch.nn:Identity"
  onnx "org.example:Odd"
}

block Unit(width: int, mode: str = "STRING") {
  "DOC"
  # x COMMENT
  conv(width, bias=false) -> bn  # archdsl: ignore[P108] COMMENT
  if mode == "STRING" { relu } else { gelu }
  Odd(mode)
}

network Net(classes: int = 4, label: str = "STRING") {
  """
  DOC
    DOC
  """
  input image: image[3, H=8, W=8]
  dataset(images=100, classes=4)
  Unit(4)
  Unit(8, mode=label)
  last = Odd("STRING{classes}STRING")
  gap -> flatten
  fc = linear(classes)
  expect params > 0, "STRING {params}"
}
'''

_PLANNED = '''\
network Net(classes: int = 4) {
  input image: image[3, 8, 8]
  stem = conv(4)
  gap -> flatten
  fc = linear(classes)
}

transfer Tuned of Net(classes=2) {
  """
  DOC
    DOC
  """
  weights("STRING.pt", except=[fc])  # x COMMENT
  train(fc, lr=1.0)
  freeze(rest)
}
'''

_BROKEN = """\
network Net {
  "DOC"
  input image: image[3, 8, 8]
  conv(4)  # x COMMENT
  expect params < 3, "STRING"
  expect params < 4 and "STRING" == "x", "{params} STRING"
}
"""


_PACKED_UNIT = """\
extern op OddN(label: str = "STRING") {
  shape input.shape
  pytorch "torch.nn:Identity"
  onnx "org.example:Odd"
}

block UnitN(width: int, mode: str = "STRING") {
  "DOC"
  # x COMMENT
  conv(width, bias=false) -> bn  # archdsl: ignore[P108] COMMENT
  if mode == "STRING" { relu } else { gelu }
  "valueN STRING" = prev
  OddN(mode)
}

"""
_PACKED_NETWORK = """\
network Net {
  "Texts of all kinds."
  input image: image[3, H=8, W=8]
  UNITS
  gap -> flatten
  expect params > 0 MESSAGES
}
"""


def packed(texts: Sequence[str]) -> str:
    """A source without errors that has each of the texts in a block of its own."""
    units = (
        _filled(_PACKED_UNIT.replace("N(", f"{number}(").replace("valueN", f"value{number}"), text)
        for number, text in enumerate(texts)
    )
    uses = "\n  ".join(f"Unit{number}(4)" for number in range(len(texts)))
    messages = "".join(f'\n  expect params > 1, "{in_string(text)}"' for text in texts)
    network = _PACKED_NETWORK.replace("UNITS", uses).replace(" MESSAGES", messages)
    return "".join(units) + network


def everywhere(text: str) -> str:
    """A source without errors."""
    return _filled(_EVERYWHERE, text)


def planned(text: str) -> str:
    """A source with a plan; sound unless the text leads out of the folder."""
    return _filled(_PLANNED, text)


def broken(text: str) -> str:
    """A source whose expectations do not hold, which is said with their messages."""
    return _filled(_BROKEN, text)


def _filled(source: str, text: str) -> str:
    written = {"COMMENT": in_comment(text), "STRING": in_string(text), "DOC": in_doc(text)}
    # All at once: a text may have the name of a slot in it.
    return re.sub("COMMENT|STRING|DOC", lambda slot: written[slot[0]], source)


_BODY = "  input image: image[3, 8, 8]\n"

_SMALL = f"network Net {{\n{_BODY}  conv1 = conv(4)\n}}\n"
_PLAN = "transfer Tuned of Net {\n  WHAT\n  freeze(rest)\n}\n" + _SMALL

RESTRICTED: dict[str, str] = {
    "layer": f'network Net {{\n{_BODY}  "STRING" = conv(4)\n}}\n',
    "computed layer": f'network Net {{\n{_BODY}  "a{{1}}STRING" = conv(4)\n}}\n',
    "value": f'network Net {{\n{_BODY}  "STRING" = prev\n  conv(4)\n  "STRING" -> relu()\n}}\n',
    "output": f'network Net {{\n{_BODY}  conv(4)\n  a = relu\n  output a, "STRING"\n}}\n',
    "one output": f'network Net {{\n{_BODY}  conv(4)\n  output "STRING"\n}}\n',
    "network": f"network RAW {{\n{_BODY}  conv(4)\n}}\n",
    "block": f"block RAW {{ conv(4) }}\nnetwork Net {{\n{_BODY}  RAW\n}}\n",
    "parameter": f"network Net(RAW: int = 4) {{\n{_BODY}  conv(RAW)\n}}\n",
    "input": "network Net {\n  input RAW: image[3, RAW=8, 8]\n  conv(4)\n}\n",
    "op": f"network Net {{\n{_BODY}  RAW(4)\n}}\n",
    "word": f'network Net {{\n{_BODY}  conv(4, pad="STRING")\n  upsample(mode="STRING")\n}}\n',
    "import": f'from "STRING" import RAW\nnetwork Net {{\n{_BODY}  conv(4)\n}}\n',
    "library": f"from std.RAW import RAW\nnetwork Net {{\n{_BODY}  conv(4)\n}}\n",
    "raw string": f'network Net {{\n{_BODY}  conv(4)\n  expect params < 3, "RAW"\n}}\n',
    "raw doc": f'network Net {{\n  """RAW"""\n{_BODY}  conv(4)\n}}\n',
    "raw comment": f"# RAW\nnetwork Net {{\n{_BODY}  conv(4)  # archdsl: ignore[RAW] RAW\n}}\n",
    "suppressed": f"network Net {{\n{_BODY}  conv(4)  # archdsl: ignore[COMMENT] COMMENT\n}}\n",
    "loss": f'network Net {{\n{_BODY}  conv(4)\n  loss("STRING")\n  dataset(images=3)\n}}\n',
    "fact": f'network Net {{\n{_BODY}  conv(4)\n  dataset(images="STRING", STRING=3)\n}}\n',
    "extern pytorch": 'extern op Odd {\n  shape input.shape\n  pytorch "STRING"\n}\n',
    "extern home": 'extern op Odd {\n  shape input.shape\n  pytorch "a.STRING:Odd"\n}\n',
    "extern onnx": 'extern op Odd {\n  shape input.shape\n  onnx "org.STRING:Odd"\n}\n',
    "extern entry": "extern op Odd {\n  shape input.shape\n  RAW 3\n}\n",
    "expectation": f'network Net {{\n{_BODY}  conv(4)\n  expect "STRING".channels == 3\n}}\n',
    "type": f'network Net(a: int = "STRING") {{\n{_BODY}  conv(a)\n}}\n',
    "concatenation": f'network Net {{\n{_BODY}  conv("STRING" + 3)\n  conv(int("STRING"))\n}}\n',
    "plan": "transfer RAW of Net {\n  freeze(rest)\n}\n" + _SMALL,
    "planned network": "transfer Tuned of RAW {\n  freeze(rest)\n}\n" + _SMALL,
    "planned layers": _PLAN.replace("WHAT", 'train("STRING")'),
    "layers to except": _PLAN.replace("WHAT", 'weights("w.pt", except=["STRING"])'),
    "weights": _PLAN.replace("WHAT", 'weights("STRING.npz")'),
    "strategy": _PLAN.replace("WHAT", 'strategy("STRING", head=RAW)'),
    "whole file": "RAW",
}
"""Sources with a text where the language takes names, words or paths alone, by the place."""


def restricted(place: str, text: str) -> str:
    return _filled(RESTRICTED[place], text).replace("RAW", text)
