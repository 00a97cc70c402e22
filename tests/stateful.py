"""How far hypothesis looks: a few repeatable examples, or many, each time elsewhere.

STATEFUL_EXAMPLES=2000 looks further; `make drills` does so by itself.
"""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = os.environ.get("STATEFUL_EXAMPLES")


def profile(examples: int, steps: int, **more: Any) -> settings:
    """Settings for a machine; a number from the environment counts more than `examples`."""
    usual = {
        "max_examples": int(EXAMPLES or examples),
        "stateful_step_count": steps,
        "deadline": None,
        "derandomize": EXAMPLES is None,
        "database": None,
        # Making an example smaller takes minutes, and seldom tells more.
        "phases": [Phase.explicit, Phase.generate],
        "suppress_health_check": list(HealthCheck),
    }
    return settings(**usual | more)
