"""Buttons that ask WeChat at once, outside of any run: pressed again and again they cost quota."""

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from followers.models import OfficialAccount

from .cache import call_cache

# Longer than a double click, shorter than it takes to read an answer and to mend something.
PAUSE_SECONDS = 5


def is_throttled(request: HttpRequest, account: OfficialAccount, button: str) -> bool:
    """Whether this person has just pressed it for this account; they are told to wait.

    While the cache is away nobody has to wait. Without Redis each process keeps its own.
    """
    key = f"pressed:{button}:{account.pk}:{request.user.pk}"
    if call_cache(cache.add, key, 1, PAUSE_SECONDS) is not False:
        return False
    text = _(
        "WeChat was asked a moment ago. Wait %(seconds)s seconds, then press the button again."
    )
    messages.warning(request, text % {"seconds": PAUSE_SECONDS})
    return True
