"""A simulated WeChat for demos, tests and curious people; needs nothing but Python.

with Sandbox(followers=23_000, seed=1) as sandbox:
    client = Client(sandbox.app_id, sandbox.app_secret, base_url=sandbox.url, …)
    sandbox.fault("45009", count=1)
    sandbox.population.leave(1000)

Four rooms, each of which imports only those before it (tests/test_layers.py): `people` who follow,
the `api` that tells about them, the `faults` that spoil its replies, and `http`, which serves all
that. Below them stand `options` and `texts`, above them `cli`.
"""

from .api.account import DEMO_APP_ID, DEMO_APP_SECRET, DEMO_FOLLOWERS
from .faults.catalogue import FAULTS
from .http.server import Sandbox

__all__ = ["DEMO_APP_ID", "DEMO_APP_SECRET", "DEMO_FOLLOWERS", "FAULTS", "Sandbox"]
