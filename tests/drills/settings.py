"""The project's settings, and processes that freeze when they are told to."""

from wxadmin.settings import *  # noqa: F403
from wxadmin.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.drills.freezing.Freezing"]
