"""S406: where the value is named."""

from pathlib import Path

import pytest

from tests.lint.linting import found, network

READ = 'block Join(relu: tensor) { concat ["relu", prev] }\n'


def test_it_says_where_the_value_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (one,) = found("S406", network("relu = conv(8)", "conv(8)", '"relu" -> conv(4)'))
    assert [other.span.text for other in one.related] == ["relu = conv(8)"]


def test_a_name_of_another_body_is_none_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (one,) = found("S406", network("relu = conv(8)", "Join(image)") + READ)
    assert one.span.text == '"relu"'
    assert not one.related
