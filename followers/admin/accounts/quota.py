"""Today's calls: used and left, and whether they are enough for a sync."""

from typing import Any

from django.utils.translation import gettext as _

from followers.accounts import usage
from followers.accounts.usage import CallsToday, Quota
from followers.wechat.limits import MAX_OPENIDS_PER_PAGE

from ..shared.formats import format_number

PREFIX = "/cgi-bin/"


def listing_warning(listing: Quota, followers: int) -> str:
    """How far today's calls get a sync of so many followers; "" if they are enough."""
    needed = usage.calls_needed(followers)
    if not followers or needed <= listing.left:
        return ""
    facts = {"needed": format_number(needed), "left": format_number(listing.left)}
    if not listing.left:
        return (
            _(
                "The list takes about %(needed)s calls, and none are left today: a sync waits and "
                "goes on tomorrow by itself."
            )
            % facts
        )
    facts["reach"] = format_number(min(listing.left * MAX_OPENIDS_PER_PAGE, followers))
    return (
        _(
            "The list takes about %(needed)s calls, and %(left)s are left today: a sync gets to "
            "about %(reach)s followers today and goes on tomorrow by itself."
        )
        % facts
    )


def quota_rows(calls: CallsToday) -> list[dict[str, Any]]:
    """Calls by API path: every path called today, and every path with a known limit.

    limit and left are "" if the limit is unknown.
    """
    return [_limited(quota) for quota in calls.quotas.values()] + [
        {**_named(path), "used": format_number(number), "limit": "", "left": "", "source": ""}
        for path, number in sorted(calls.used.items())
        if path not in calls.quotas
    ]


def _limited(quota: Quota) -> dict[str, Any]:
    return {
        **_named(quota.path),
        "used": format_number(quota.used),
        "limit": format_number(quota.limit),
        "left": format_number(quota.left),
        "source": _("WeChat's own number") if quota.is_reported else _("published default"),
    }


def _short(path: str) -> str:
    return path.removeprefix(PREFIX)


def _named(path: str) -> dict[str, str]:
    """Name and path; the path is "" if it serves as the name."""
    short, name = _short(path), usage.function_name(path)
    return {"name": short if name == path else name, "path": "" if name == path else short}


def quota_line(listing: usage.Quota) -> str:
    """Today's calls of the follower list, the quota that a sync needs most."""
    facts = {
        "used": format_number(listing.used),
        "limit": format_number(listing.limit),
    }
    if listing.is_reported:
        return (
            _("Follower list: %(used)s of %(limit)s calls used today (WeChat's own number)") % facts
        )
    return _("Follower list: %(used)s of %(limit)s calls used today (WeChat's default)") % facts
