"""The cache, which may be away: the pages only get slower without it."""

import logging
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class _Outage:
    """Whether the cache was away when it was last asked, so that an outage is logged once."""

    known = False


def call_cache(ask: Callable[..., Any], *arguments: Any) -> Any:
    """What the cache answers, None while it is away: the pages only get slower without it."""
    try:
        answer = ask(*arguments)
    except (RedisError, OSError) as error:
        if not _Outage.known:
            log.warning("the cache is away, followers are counted without it: %s", error)
        _Outage.known = True
        return None
    _Outage.known = False
    return answer
