"""Tags and channels of the followers on one page."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from followers.channels import by_scene
from followers.models import Follower, FollowerTag, Tag
from followers.rows.profiles import scene_of


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


def filled_columns(account_ids: list[int]) -> list[str]:
    """The optional columns of the list that can have values for these accounts.

    Each query reads one entry of a partial index or a small table.
    """
    own = Follower.objects.filter(account_id__in=account_ids)
    questions = {
        "tagged": Tag.objects.filter(account_id__in=account_ids),
        "came_from": own.filter(~Q(subscribe_scene="")),
        "followed": own.filter(subscribe_time__isnull=False),
        "left": own.filter(subscribed=False),
    }
    return [name for name, rows in questions.items() if rows.exists()]
