"""Configuration: `[tool.archdsl.lint]` in pyproject.toml, or `[lint]` in archdsl.toml.

The nearest of these files above a source file holds for it. pydantic checks what they say; it is
loaded only where one says something.
"""

import os

from archdsl.inputs import read_most
from archdsl.lint.catalogue import RULES, Rule, names_rule, selected
from archdsl.records import NamedTuple
from archdsl.visible import shown, visible

# What `typing` would say, without the time that it takes to load.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from pydantic import ValidationError

LEVELS = ("note", "warning", "error")
MOST_BYTES = 2**20
"""Of a configuration."""
OWN, PYPROJECT = "archdsl.toml", "pyproject.toml"


class SettingsError(Exception):
    """A configuration that cannot be read, or says something that is not known."""


class Settings(NamedTuple):
    """What holds for the files below a folder.

    Attributes:
        folder: that of the configuration; patterns are relative to it.
        overrides: for files that match a pattern, rules that are not run; later ones add to earlier
            ones.
    """

    folder: str
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    level: str = "note"
    exclude: tuple[str, ...] = ()
    overrides: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def rules(self, path: str) -> list[Rule]:
        """The rules to run on a file."""
        ignore = list(self.ignore)
        for pattern, ignored in self.overrides:
            if self._matches(path, pattern):
                ignore += ignored
        return selected(self.select, ignore)

    def excludes(self, path: str) -> bool:
        """Whether a file or folder that was found in a folder is left out."""
        return any(self._matches(path, pattern) for pattern in self.exclude)

    def _matches(self, path: str, pattern: str) -> bool:
        """Patterns are those of fnmatch, of a path or of the folders above it."""
        from fnmatch import fnmatchcase

        relative = os.path.relpath(os.path.abspath(path), self.folder).replace(os.sep, "/")
        pattern = pattern.rstrip("/")
        while relative:
            if fnmatchcase(relative, pattern) or fnmatchcase(relative.rpartition("/")[2], pattern):
                return True
            relative = relative.rpartition("/")[0]
        return False


class Configurations:
    """The configurations of one run, each file read once."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, bytes] | None] = {}
        self._settings: dict[str, Settings] = {}

    def text(self, folder: str) -> bytes:
        """The configuration that holds in a folder, unread; empty where there is none."""
        found = self._file(os.path.abspath(folder))
        return found[0].encode("utf-8", "surrogateescape") + b"\n" + found[1] if found else b""

    def settings(self, folder: str) -> Settings:
        """What the configuration that holds in a folder says.

        Raises:
            SettingsError: it is not sound.
        """
        found = self._file(os.path.abspath(folder))
        if found is None:
            return Settings(os.getcwd())
        path, data = found
        if path not in self._settings:
            self._settings[path] = _parsed(path, data)
        return self._settings[path]

    def level(self, path: str) -> str:
        """The least that is reported of a file."""
        return self.settings(os.path.dirname(path)).level

    def _file(self, folder: str) -> tuple[str, bytes] | None:
        """The path and content of the nearest configuration, from a folder upwards."""
        if folder not in self._found:
            found = _own_file(folder)
            parent = os.path.dirname(folder)
            if found is None and parent != folder:
                found = self._file(parent)
            self._found[folder] = found
        return self._found[folder]


def _own_file(folder: str) -> tuple[str, bytes] | None:
    for name in (OWN, PYPROJECT):
        path = os.path.join(folder, name)
        try:
            data = read_most(path, MOST_BYTES, ordinary=True)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            continue
        except OSError as error:
            raise SettingsError(
                f"{shown(path)} cannot be read: {error.strerror or error}"
            ) from error
        if name == OWN or b"tool.archdsl" in data:
            if len(data) > MOST_BYTES:
                raise SettingsError(f"{shown(path)} has more than {MOST_BYTES:,} bytes")
            return path, data
    return None


def _parsed(path: str, data: bytes) -> Settings:
    import tomllib

    try:
        table = tomllib.loads(data.decode("utf-8"))
    except ValueError as error:
        raise SettingsError(f"{shown(path)} is no sound TOML: {error}") from error
    where = "tool.archdsl." if os.path.basename(path) == PYPROJECT else ""
    if where:
        tool = table.get("tool")
        table = tool.get("archdsl", {}) if isinstance(tool, dict) else {}
    return _validated(path, where, table)


def _validated(path: str, where: str, table: object) -> Settings:
    from pydantic import ValidationError

    from archdsl.configuration import Configuration

    try:
        lint = Configuration.model_validate(table, strict=True).lint
    except ValidationError as error:
        raise SettingsError(_explained(path, where, error)) from error
    for selector in (
        *lint.select,
        *lint.ignore,
        *(one for each in lint.per_path.values() for one in each.ignore),
    ):
        if not any(names_rule(selector, code) for code in RULES):
            raise SettingsError(
                f"{shown(path)}: there is no rule {visible(selector)}{near_rule(selector)}"
            )
    return Settings(
        os.path.dirname(path),
        tuple(lint.select),
        tuple(lint.ignore),
        lint.level,
        tuple(lint.exclude),
        tuple((pattern, tuple(each.ignore)) for pattern, each in lint.per_path.items()),
    )


def _explained(path: str, where: str, error: "ValidationError") -> str:
    """The first thing that is wrong, with the nearest key for one that is not known."""
    from archdsl.configuration import known_keys
    from archdsl.elaborate.suggest import nearest

    first = error.errors()[0]
    location = first["loc"]
    key = where + ".".join(map(str, location))
    if first["type"] == "extra_forbidden":
        known = known_keys(location[:-1])
        found = nearest(str(location[-1]), known)
        advice = f"did you mean {found}?" if found else f"there are {', '.join(known)}"
        return f"{shown(path)}: there is no setting {visible(key)}; {advice}"
    return f"{shown(path)}: {visible(key)}: {first['msg'][:1].lower()}{first['msg'][1:]}"


def near_rule(selector: str) -> str:
    """`; did you mean …?` with the nearest code or name of a rule, or nothing."""
    from archdsl.elaborate.suggest import nearest

    known = [*RULES, *(rule.name for rule in RULES.values())]
    found = nearest(selector, known)
    return f"; did you mean {found}?" if found else ""
