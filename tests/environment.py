"""A pytest plug-in, loaded before the settings: test keys instead of a developer's `.env`."""

import os
import sys

os.environ["ENV_FILE"] = os.devnull
os.environ["SECRET_KEY"] = "tests-only-" + "k" * 40
os.environ["ENCRYPTION_KEYS"] = "d3hhZG1pbi10ZXN0cy1vbmx5LTMyLWJ5dGVzLWtleSE="
# Threads that look at the database would outlive their test.
os.environ["WATCH_WORKERS"] = "0"

# Containers often forbid it; then every process that a test starts would compile everything anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
