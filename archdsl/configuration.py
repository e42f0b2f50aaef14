"""What `archdsl.toml` and `[tool.archdsl]` may say, as pydantic models.

Loaded only where there is such a file: pydantic takes longer to start than linting a file.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-")
    )


class PathTable(_Table):
    """`[lint.per-path."experiments/**"]`: what differs for files that match the pattern."""

    ignore: list[str] = Field(default=[], description="rules that are not run")


class LintTable(_Table):
    """`[lint]`."""

    select: list[str] = Field(
        default=[],
        description="the rules to run: codes, prefixes or names; the default ones if empty",
    )
    ignore: list[str] = Field(default=[], description="rules that are not run")
    level: Literal["note", "warning", "error"] = Field(
        default="note", description="the least that is reported"
    )
    exclude: list[str] = Field(
        default=[], description="patterns of files and folders that are left out of folders"
    )
    per_path: dict[str, PathTable] = Field(default={}, description="overrides by pattern")


class Configuration(_Table):
    """The whole file, or `[tool.archdsl]`."""

    lint: LintTable = LintTable()


def known_keys(location: tuple[int | str, ...]) -> list[str]:
    """The keys that a table may have, by its place: ``()``, ``("lint",)``."""
    table: type[BaseModel] = Configuration
    for part in location:
        if table is Configuration and part == "lint":
            table = LintTable
        elif part == "per-path":
            table = PathTable
    return [field.alias or name for name, field in table.model_fields.items()]
