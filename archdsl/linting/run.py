"""Files through the linter: from the cache where nothing has changed, else anew, in several
processes where there are many.
"""

import os

from archdsl.inputs import MOST_SOURCE, read_most
from archdsl.lint.cache import Cache
from archdsl.records import NamedTuple
from archdsl.settings import Configurations, Settings

# What `typing` would say, without the time that it takes to load.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archdsl import driver
    from archdsl.diagnostics import Diagnostic
    from archdsl.lint.catalogue import Rule
    from archdsl.lint.importers import Surroundings
    from archdsl.source import Source

STDIN = "-"
"""The path that stands for standard input."""

LEAST_FOR_A_PROCESS = 12
"""Files that take longer to lint than a process takes to start."""
SHARE = 16
"""Files that a process takes at a time."""


class Options(NamedTuple):
    """What the command line says about rules; None where it leaves that to the configuration."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None

    def apply(self, settings: Settings) -> Settings:
        """The configuration with what the command line says in its place."""
        return settings._replace(
            select=settings.select if self.select is None else self.select,
            ignore=settings.ignore if self.ignore is None else self.ignore,
        )


class Linted(NamedTuple):
    """One file: what was found in it, or why it cannot be read."""

    path: str
    found: "tuple[Diagnostic, ...]" = ()
    problem: str | None = None


class _Task(NamedTuple):
    """A file to lint: its rules by code, and what its outcome is kept under."""

    path: str
    codes: tuple[str, ...]
    key: str | None


def lint_files(
    paths: "Sequence[str]",
    options: Options,
    configurations: Configurations,
    cache: Cache | None,
    named: tuple[str, ...] = (),
) -> "Iterator[Linted]":
    """Every file, in order.

    Args:
        named: the folders that are linted as a whole; the cache has to know them as well.

    Raises:
        SettingsError: a configuration is not sound.
    """
    known: list[Linted | _Task] = [
        _known_or_task(path, options, configurations, cache) for path in paths
    ]
    tasks = [entry for entry in known if isinstance(entry, _Task)]
    fresh = _linted(tasks, cache, named) if tasks else iter(())
    for entry in known:
        yield next(fresh) if isinstance(entry, _Task) else entry
    if cache is not None and tasks:
        cache.sweep()


def _known_or_task(
    path: str, options: Options, configurations: Configurations, cache: Cache | None
) -> Linted | _Task:
    """What the cache has of a file, or what is to be done."""
    key = None
    if path == STDIN:
        return _lint_stdin(rules_for(path, options, configurations))
    if cache is not None:
        try:
            data = read_most(path, MOST_SOURCE, ordinary=True)
        except (OSError, ValueError):
            pass  # a pipe, which can be read once; or the linter itself says what is wrong
        else:
            key = cache.key(
                path, data, (repr(tuple(options)), repr(configurations.text(os.path.dirname(path))))
            )
            kept = cache.get(key, path)
            if kept == "":
                return Linted(path)
            found = None if kept is None else _restored(path, data, kept)
            if found is not None:
                return Linted(path, found)
    rules = rules_for(path, options, configurations)
    return _Task(path, tuple(rule.code for rule in rules), key)


def rules_for(path: str, options: Options, configurations: Configurations) -> "list[Rule]":
    """The rules to run on a file.

    Raises:
        SettingsError: the configuration that holds for it is not sound.
    """
    return options.apply(configurations.settings(os.path.dirname(path))).rules(path)


def _lint_stdin(rules: "Sequence[Rule]") -> Linted:
    from archdsl import driver
    from archdsl.diagnostics import Diagnostic

    source = read_stdin()
    if isinstance(source, Diagnostic):
        return Linted(STDIN, (source,))
    return Linted(STDIN, driver.lint(STDIN, rules, source.text).diagnostics)


def read_stdin() -> "Source | Diagnostic":
    """The text of standard input, or what is wrong with its bytes."""
    import sys

    from archdsl.syntax.decode import MAX_BYTES, decode

    return decode(sys.stdin.buffer.read(MAX_BYTES + 1), STDIN)


def _restored(path: str, data: bytes, kept: str) -> "tuple[Diagnostic, ...] | None":
    """Findings from the cache, in the text that was just read."""
    from archdsl.diagnostics import Diagnostic
    from archdsl.linting import stored
    from archdsl.syntax.decode import decode

    source = decode(data, path)
    if isinstance(source, Diagnostic):
        return None
    try:
        return stored.load(kept, source)
    except (ValueError, TypeError):
        return None


def _linted(
    tasks: "Sequence[_Task]", cache: Cache | None, named: tuple[str, ...]
) -> "Iterator[Linted]":
    from archdsl.lint.importers import Surroundings

    around = Surroundings(named)
    shares = [tasks[start : start + SHARE] for start in range(0, len(tasks), SHARE)]
    workers = min(_processors(), len(tasks) // LEAST_FOR_A_PROCESS)
    if workers < 2:
        for share in shares:
            yield from _lint_share(share, cache, around)
        return
    from itertools import chain
    from multiprocessing import get_all_start_methods, get_context

    # A forked process has loaded already what this one has.
    method = "fork" if "fork" in get_all_start_methods() else None
    with get_context(method).Pool(workers, _begin, (cache, around)) as pool:
        yield from chain.from_iterable(pool.imap(_lint_share_in_process, shares))


def _lint_share(
    tasks: "Sequence[_Task]", cache: Cache | None, around: "Surroundings"
) -> list[Linted]:
    """Lint some files, and give back the memory that they took.

    Collecting garbage after each would take half as long as linting it, and never, all memory.
    """
    found = [_lint(task, cache, around) for task in tasks]
    if len(tasks) > 1:
        import gc

        gc.collect()
    return found


def _lint_share_in_process(tasks: "Sequence[_Task]") -> list[Linted]:
    return _lint_share(tasks, *_of_process[0])


def _processors() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_of_process: "list[tuple[Cache | None, Surroundings]]" = []
"""In a process that has been started for it: what it lints with."""


def _begin(cache: Cache | None, around: "Surroundings") -> None:
    """In a new process: Ctrl-C is for the one that started it, and what is loaded stays."""
    import gc
    import signal

    _of_process.append((cache, around))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()


def _lint(task: _Task, cache: Cache | None, around: "Surroundings") -> Linted:
    """Lint one file, and keep what was found."""
    from archdsl import driver
    from archdsl.lint.catalogue import RULES

    try:
        outcome = driver.lint(task.path, [RULES[code] for code in task.codes], around=around)
    except driver.UsageError as error:
        return Linted(task.path, problem=str(error))
    if cache is not None and task.key is not None:
        _keep(cache, task.key, outcome)
    return Linted(task.path, outcome.diagnostics)


def _keep(cache: Cache, key: str, outcome: "driver.Linted") -> None:
    """Keep findings, unless one is an error or stands in another file."""
    found, kept = outcome.diagnostics, ""
    if found:
        from archdsl.linting import stored

        if any(one.severity == "error" for one in found):
            return
        source = found[0].span.source
        if not stored.all_in(found, source) or any(source is one for _, one in outcome.imported):
            return
        kept = stored.dump(found)
    needs = [("text", path) for path, _ in outcome.imported]
    needs += [("file", path) for path in outcome.weights]
    if outcome.searched is not None:
        needs.append(("around", outcome.searched))
    cache.put(key, needs, kept)
