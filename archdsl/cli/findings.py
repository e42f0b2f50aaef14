"""What the linter says of the network that a page shows."""

import os.path

from archdsl import driver
from archdsl.analysis import Analysis
from archdsl.cli.arguments import CommandError
from archdsl.diagnostics import Diagnostic


def findings(analysis: Analysis, spec: str) -> dict[Diagnostic, tuple[int, ...]]:
    """The findings of the rules that the configuration of the file asks for, each with the steps
    that have it.

    Raises:
        CommandError: the configuration is not sound.
    """
    from archdsl.linting.run import Options, rules_for
    from archdsl.settings import LEVELS, Configurations, SettingsError

    path, _ = driver.split_spec(spec)
    configurations = Configurations()
    try:
        rules = rules_for(path, Options(), configurations)
        least = LEVELS.index(configurations.settings(os.path.dirname(path)).level)
    except SettingsError as error:
        raise CommandError(str(error)) from error
    found = driver.lint_network(analysis, rules)
    return {one: found[one] for one in found if LEVELS.index(one.severity) >= least}
