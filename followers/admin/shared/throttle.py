"""Throttles buttons that call WeChat directly: pressed repeatedly, they would use up quota."""

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from followers.models import OfficialAccount

from .cache import call_cache

# Longer than a double click, shorter than the time to read an answer and fix something.
PAUSE_SECONDS = 5


def is_throttled(request: HttpRequest, account: OfficialAccount, button: str) -> bool:
    """Whether the user has just pressed this button for this account; if so, show a message.

    False while the cache is down. Without Redis each process has its own cache.
    """
    key = f"pressed:{button}:{account.pk}:{request.user.pk}"
    if call_cache(cache.add, key, 1, PAUSE_SECONDS) is not False:
        return False
    text = _(
        "WeChat was asked a moment ago. Wait %(seconds)s seconds, then press the button again."
    )
    messages.warning(request, text % {"seconds": PAUSE_SECONDS})
    return True
