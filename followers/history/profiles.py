"""What profiles say of the past: since when somebody has followed, and how they came."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ..rows.dialect import dialect, fetch, set_param
from ..rows.profiles import scene_of
from .news import add_news
from .observations import Listed, Observation, Profile, exact_time
from .periods import EXACT


def add_profiles(account_id: int, records: Iterable[Mapping[str, Any]], asked_at: datetime) -> None:
    """Profiles of people who follow, as records for rows.profiles.write_details.

    Only those who tell something new are folded: the profiles of a first sync, and those that are
    read again, agree with what is known. Call it within a transaction, and before write_details:
    the stored profile tells how a subscription of the first list began, which has no row.
    """
    told = {record["id"]: record for record in records}
    sql = f"""
        SELECT f.id, f.subscribed, f.first_seen_at, s.began_at, s.began_by, s.source, s.scene
        FROM followers_follower AS f LEFT JOIN followers_subscription AS s
            ON s.follower_id = f.id AND s.ended_at IS NULL
        WHERE f.id IN ({dialect().ids_sql})
    """  # noqa: S608
    news: dict[int, list[Observation]] = {}
    as_time = dialect().as_time
    for pk, subscribed, seen_at, began_at, *how in fetch(sql, [set_param(told)]):
        profile = _observation(told[pk], asked_at)
        if not _is_known(profile, subscribed, as_time(seen_at), as_time(began_at), *how):
            news[pk] = [profile]
    add_news(account_id, news)


def _observation(record: Mapping[str, Any], asked_at: datetime) -> Profile | Listed:
    since = record["subscribe_time"]
    if since is None:
        return Listed(asked_at)
    scene = scene_of(record["qr_scene"], record["qr_scene_str"] or "")
    return Profile(asked_at, exact_time(since, asked_at), record["scene"] or "", scene)


def _is_known(
    profile: Profile | Listed,
    subscribed: bool,
    seen_at: datetime | None,
    since: datetime | None,
    *how: str,
) -> bool:
    """Whether the fold would change nothing but the time of the newest evidence.

    since, how: of the open subscription; None for somebody of the baseline, who has none.
    """
    if not subscribed or isinstance(profile, Listed):
        return bool(subscribed)
    if since is None:
        return seen_at is not None and profile.followed_since <= seen_at
    by, source, scene = how
    has_texts = (source or not profile.source) and (scene or not profile.scene)
    return by in EXACT and since == profile.followed_since and bool(has_texts)
