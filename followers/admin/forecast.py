"""Today's calls: what is used, what is left, and whether a sync will be finished today."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from followers.accounts import usage
from followers.accounts.usage import CallsToday, Quota
from followers.models import SyncRun, SyncStage
from followers.wechat.limits import PAGE_IDS

from .words import figure

PREFIX = "/cgi-bin/"


def whole_list(listing: Quota, followers: int) -> str:
    """What a sync of so many followers can reach today; "" where it will be finished."""
    needed = usage.calls_needed(followers)
    if not followers or needed <= listing.left:
        return ""
    facts = {"needed": figure(needed), "left": figure(listing.left)}
    if not listing.left:
        return (
            _(
                "The list takes about %(needed)s calls, and none are left today: a sync waits and "
                "goes on tomorrow by itself."
            )
            % facts
        )
    facts["reach"] = figure(min(listing.left * PAGE_IDS, followers))
    return (
        _(
            "The list takes about %(needed)s calls, and %(left)s are left today: a sync gets to "
            "about %(reach)s followers today and goes on tomorrow by itself."
        )
        % facts
    )


def rest_of_list(run: SyncRun, stage: SyncStage) -> str:
    """Whether a run will finish its list today; "" where it will, or nothing is known yet.

    `stage` is its listing.
    """
    if not stage.total:
        return ""
    needed = usage.calls_needed(max(stage.total - stage.done, 0))
    left = usage.calls_today(run.account).quotas[usage.LISTING_PATH].left
    if needed <= left:
        return ""
    return _(
        "The rest of the list takes about %(needed)s calls, and %(left)s are left today: the sync "
        "goes on tomorrow by itself."
    ) % {"needed": figure(needed), "left": figure(left)}


def was_today(moment: datetime) -> bool:
    """Whether the calls of that moment count against today's quotas."""
    return moment.astimezone(usage.BEIJING).date() == usage.today()


def rows(calls: CallsToday) -> list[dict[str, Any]]:
    """The use of every path called today, and of those with a known limit.

    limit and left are "" where WeChat publishes no limit and none was asked for.
    """
    return [_limited(quota) for quota in calls.quotas.values()] + [
        {**_named(path), "used": figure(number), "limit": "", "left": "", "source": ""}
        for path, number in sorted(calls.used.items())
        if path not in calls.quotas
    ]


def _limited(quota: Quota) -> dict[str, Any]:
    return {
        **_named(quota.path),
        "used": figure(quota.used),
        "limit": figure(quota.limit),
        "left": figure(quota.left),
        "source": _("WeChat's own number") if quota.asked else _("published default"),
    }


def _short(path: str) -> str:
    return path.removeprefix(PREFIX)


def _named(path: str) -> dict[str, str]:
    """The path below the name, unless it has none."""
    short, name = _short(path), usage.name_of(path)
    return {"name": short if name == path else name, "path": "" if name == path else short}
