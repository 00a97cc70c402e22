"""Today's calls: what is used, what is left, and whether a sync will be finished today."""

from typing import Any

from django.utils.translation import gettext as _

from followers.accounts import usage
from followers.accounts.usage import CallsToday, Quota
from followers.wechat.limits import MAX_OPENIDS_PER_PAGE

from ..shared.formats import format_number

PREFIX = "/cgi-bin/"


def whole_list(listing: Quota, followers: int) -> str:
    """What a sync of so many followers can reach today; "" where it will be finished."""
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


def rows(calls: CallsToday) -> list[dict[str, Any]]:
    """The use of every path called today, and of those with a known limit.

    limit and left are "" where WeChat publishes no limit and none was asked for.
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
    """The path below the name, unless it has none."""
    short, name = _short(path), usage.function_name(path)
    return {"name": short if name == path else name, "path": "" if name == path else short}


def quota_line(listing: usage.Quota) -> str:
    """Today's calls of the follower list, on which a sync depends most."""
    facts = {
        "used": format_number(listing.used),
        "limit": format_number(listing.limit),
    }
    if listing.is_reported:
        return (
            _("Follower list: %(used)s of %(limit)s calls used today (WeChat's own number)") % facts
        )
    return _("Follower list: %(used)s of %(limit)s calls used today (WeChat's default)") % facts
