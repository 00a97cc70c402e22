"""A simulated WeChat for demos and tests; needs only the standard library.

with Sandbox(followers=23_000, seed=1) as sandbox:
    client = Client(sandbox.app_id, sandbox.app_secret, base_url=sandbox.url, …)
    sandbox.fault("45009", count=1)
    sandbox.population.leave(1000)

Each package imports only those before it (tests/test_layers.py): `options` and `texts`, `people`
(the followers), `api` (the endpoints), `faults` (errors and broken replies), `http` (the server),
`cli`.
"""

from .api.account import DEMO_APP_ID, DEMO_APP_SECRET, DEMO_FOLLOWERS
from .faults.catalogue import FAULTS
from .http.server import Sandbox

__all__ = ["DEMO_APP_ID", "DEMO_APP_SECRET", "DEMO_FOLLOWERS", "FAULTS", "Sandbox"]
