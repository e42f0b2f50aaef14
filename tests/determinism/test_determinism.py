"""The same source gives the same bytes; `python -m tests.determinism` tries more surroundings."""

from pathlib import Path

from tests.determinism.outputs import COMMANDS, Surroundings, differences, digests


def test_nothing_around_a_source_matters(tmp_path: Path) -> None:
    one = Surroundings("", {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"}, processors=1)
    other = Surroundings(
        "",
        {"PYTHONHASHSEED": "2", "LC_ALL": "C", "TZ": "Pacific/Kiritimati"},
        "in \u00e4nother folder",
        processors=2,
    )
    found = [digests(where, tmp_path / str(n)) for n, where in enumerate((one, other))]
    assert list(differences(*found)) == []
    assert len(found[0]) > len(COMMANDS) + 20
    codes = [value.split()[0] for name, value in found[0].items() if name in COMMANDS]
    assert not {"2", "70"} & set(codes)
