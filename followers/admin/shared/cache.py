"""The cache, which may be down: pages are only slower without it."""

import logging
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class _Outage:
    """Whether the cache was down at its last call, so that an outage is logged once."""

    known = False


def call_cache(ask: Callable[..., Any], *arguments: Any) -> Any:
    """The result of a call of the cache; None while it is down."""
    try:
        answer = ask(*arguments)
    except (RedisError, OSError) as error:
        if not _Outage.known:
            log.warning("the cache is away, followers are counted without it: %s", error)
        _Outage.known = True
        return None
    _Outage.known = False
    return answer
