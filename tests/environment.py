"""A pytest plug-in, loaded before the settings: test keys instead of a developer's `.env`."""

import os

os.environ["ENV_FILE"] = os.devnull
os.environ["SECRET_KEY"] = "tests-only-" + "k" * 40
os.environ["ENCRYPTION_KEYS"] = "d3hhZG1pbi10ZXN0cy1vbmx5LTMyLWJ5dGVzLWtleSE="
# Threads that look at the database would outlive their test.
os.environ["WATCH_WORKERS"] = "0"
