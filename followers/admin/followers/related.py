"""Tags and channels of the followers on one page."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from followers.accounts.access import own_accounts
from followers.channels import by_scene
from followers.models import Channel, Follower, FollowerTag, OfficialAccount, Tag
from followers.rows.profiles import scene_of
from followers.segments.filter import ACCOUNT


def attach_related(followers: Iterable[Any]) -> list[Any]:
    """Set `shown_tags` and `shown_channel` on each follower, with two queries for all."""
    rows = list(followers)
    tags: dict[int, list[Tag]] = defaultdict(list)
    links = FollowerTag.objects.filter(follower__in=rows).select_related("tag")
    for link in links.order_by("tag__wechat_id"):
        tags[link.follower_id].append(link.tag)
    keys = {row.pk: (row.account_id, scene_of(row.qr_scene, row.qr_scene_str)) for row in rows}
    channels = by_scene({key for key in keys.values() if key[1]})
    for row in rows:
        row.shown_tags = tags[row.pk]
        row.shown_channel = channels.get(keys[row.pk])
    return rows


def filled(request: HttpRequest) -> dict[str, bool]:
    """What the accounts of the list have anything of, by the names of the list's columns.

    Besides these: "channel", whether any channel has a name, and "note", an internal note. One
    statement, which reads an entry of an index for each account and question; cached on the
    request.
    """
    known: dict[str, bool] | None = getattr(request, "_filled", None)
    if known is None:
        rows = OfficialAccount.objects.filter(pk__in=shown_accounts(request))
        asked = {
            f"has_{name}": Exists(it.filter(account=OuterRef("pk")))
            for name, it in _holders().items()
        }
        found = list(rows.annotate(**asked).values(*asked))
        known = {name.removeprefix("has_"): any(row[name] for row in found) for name in asked}
        # WeChat tells both at once, and only the source has an index of those who have it.
        known["followed"] = known["came_from"]
        request._filled = known  # type: ignore[attr-defined]
    return known


def shown_accounts(request: HttpRequest) -> list[int]:
    """The user's account that the list is narrowed to, else all of theirs."""
    own, chosen = list(own_accounts(request.user)), request.GET.get(ACCOUNT, "")
    return [pk for pk in own if str(pk) == chosen] or own


def _holders() -> dict[str, QuerySet[Any]]:
    return {
        "tagged": Tag.objects.all(),
        "came_from": Follower.objects.filter(~Q(subscribe_scene="")),
        "left": Follower.objects.filter(subscribed=False),
        "note": Follower.objects.filter(~Q(note="")),
        "channel": Channel.objects.all(),
    }
