"""Where members are signed in: a row beside each session, kept without a query for each page."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.http import HttpRequest
from django.utils import timezone

from ..models import StaffSession

# Of the session's data: when it was last written that somebody is there.
SEEN = "seen_at"
SIGNED_IN = "signed_in_at"
SEEN_EVERY = timedelta(minutes=10)

# The first that is found; each browser also claims to be those after it.
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("wxwork", "WeCom"),
    (r"Edg[A-Z]?\w*/", "Edge"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone|iPod", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """The browser and the system, such as "Chrome · Windows"; "" for neither."""
    found = [
        next((name for pattern, name in table if re.search(pattern, user_agent)), "")
        for table in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(filter(None, found))


def client_address(request: HttpRequest) -> str | None:
    """The address of the browser: what the proxy says last, where there is one (HTTPS=on)."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).split(",")[-1].strip()
    try:
        validate_ipv46_address(address)
    except ValidationError:
        return None
    return address


def record(request: HttpRequest, user: User) -> None:
    """Write that the user has signed in, or goes on under another key after a new password."""
    now, session = timezone.now(), request.session
    began = session.setdefault(SIGNED_IN, now.isoformat())
    session[SEEN] = now.isoformat()
    # A row needs a session that is stored.
    if session.session_key is None:
        session.create()
    else:
        session.save()
    StaffSession.objects.update_or_create(
        session_id=session.session_key,
        defaults={
            "user": user,
            "device": device_name(request.META.get("HTTP_USER_AGENT", "")),
            "address": client_address(request),
            "signed_in_at": datetime.fromisoformat(began),
            "seen_at": now,
        },
    )


def touch(request: HttpRequest) -> None:
    """Write now and then that the session is in use; nothing for one without a row.

    Which renews it, so that pages do: what open pages ask for by themselves is JSON, and somebody
    who has left one open is away.
    """
    if not request.accepts("text/html"):
        return
    seen, now = request.session.get(SEEN), timezone.now()
    if seen is None or now - datetime.fromisoformat(seen) < SEEN_EVERY:
        return
    rows = StaffSession.objects.filter(session=request.session.session_key)
    # One that has just been ended must not come back.
    if rows.update(seen_at=now, address=client_address(request)):
        request.session[SEEN] = now.isoformat()


def end(user: User, *, but: str | None = None, only: Any = None) -> int:
    """Sign the user out: everywhere, everywhere but in one session, or in `only` one.

    Gives the number of sessions, which are dead at their next request.
    """
    sessions = Session.objects.filter(staff_session__user=user).exclude(pk=but)
    if only is not None:
        sessions = sessions.filter(pk=only)
    keys = list(sessions.values_list("pk", flat=True))
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)


def sessions_of(user: User) -> list[StaffSession]:
    """Those that have not run out, the one in use last first."""
    rows = StaffSession.objects.filter(user=user, session__expire_date__gt=timezone.now())
    return list(rows.defer("session"))
