"""Settings that hold for all tests."""

import os
import sys
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# Shared machines are slow at times: no deadlines. CI draws the same examples in every run, so that
# a failure there is of the change under test.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let tests that are not covered run untraced in workers of pytest-xdist, too: there pytest-cov
    pauses the coverage that it started last, and the one before it goes on.
    """
    traced = sys.gettrace() if item.get_closest_marker("no_cover") else None
    if traced is not None:
        sys.settrace(None)
    try:
        return (yield)
    finally:
        if traced is not None:
            sys.settrace(traced)
