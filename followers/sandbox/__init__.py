"""A simulated WeChat for demos, tests and curious people; needs nothing but Python.

with Sandbox(followers=23_000, seed=1) as sandbox:
    client = Client(sandbox.app_id, sandbox.app_secret, base_url=sandbox.url, …)
    sandbox.fault("45009", count=1)
    sandbox.population.leave(1000)
"""

from .account import DEMO_APP_ID, DEMO_APP_SECRET, DEMO_FOLLOWERS
from .faults import FAULTS
from .server import Sandbox

__all__ = ["DEMO_APP_ID", "DEMO_APP_SECRET", "DEMO_FOLLOWERS", "FAULTS", "Sandbox"]
