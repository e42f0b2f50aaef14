"""Settings that hold for all tests."""

import os

from hypothesis import HealthCheck, settings

# Shared machines are slow at times: no deadlines. CI draws the same examples in every run, so that
# a failure there is of the change under test.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
