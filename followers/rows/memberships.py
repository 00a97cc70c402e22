"""Set-based SQL for tags of followers, and the columns that follow from them.

Everybody who changes a status, a profile or a tag says so here, under the account's lock:
`Tag.follower_count` counts those who follow, `Follower.has_tags` says whether there is any tag, and
`FollowerTag.followed_at` is the follower's own.

Who leaves keeps the tags that they were last known to have. They count for nothing that WeChat is
told or tells: its lists of a tag hold those who follow.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection
from pyroaring import BitMap64

from ..models import Tag
from .dialect import dialect, execute, fetch, fetch_ids, set_param
from .followers import IdChecksum

_MEMBERS = """
    followers_followertag AS m JOIN followers_follower AS f ON f.id = m.follower_id
    WHERE m.tag_id = %s AND f.subscribed
"""


def tagged_ids(tag_id: int, among: BitMap64 | None = None) -> BitMap64:
    """The tag's followers, or those of some; not those who left."""
    sql = f"SELECT m.follower_id FROM {_MEMBERS}"  # noqa: S608
    if among is None:
        return fetch_ids(sql, [tag_id])
    sql = f"{sql} AND m.follower_id IN ({dialect().ids_sql})"
    return fetch_ids(sql, [tag_id, set_param(among)])


def tagged_ids_of(tag_ids: Collection[int]) -> dict[int, BitMap64]:
    """By tag, the same for several, in one query."""
    found = {pk: BitMap64() for pk in tag_ids}
    marks = ", ".join(["%s"] * len(found))
    sql = f"""
        SELECT m.tag_id, m.follower_id
        FROM followers_followertag AS m JOIN followers_follower AS f ON f.id = m.follower_id
        WHERE m.tag_id IN ({marks}) AND f.subscribed
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, list(found))
        for tag_id, follower_id in cursor:
            found[tag_id].add(follower_id)
    return found


def tagged_checksum(tag_id: int) -> IdChecksum:
    """Of `tagged_ids`."""
    sql = f"SELECT count(*), COALESCE(sum(m.follower_id), 0) FROM {_MEMBERS}"  # noqa: S608
    size, total = fetch(sql, [tag_id])[0]
    return IdChecksum(size, int(total))


def last_known_ids(tag_id: int) -> BitMap64:
    """Who had the tag when they left."""
    sql = """
        SELECT m.follower_id
        FROM followers_followertag AS m JOIN followers_follower AS f ON f.id = m.follower_id
        WHERE m.tag_id = %s AND NOT f.subscribed
    """
    return fetch_ids(sql, [tag_id])


def add_tag(tag_id: int, ids: Iterable[int], run_id: int | None = None) -> int:
    """Returns the number of new memberships. Those that exist keep their run."""
    param = set_param(ids)
    sql = f"""
        INSERT INTO followers_followertag (tag_id, follower_id, edit_id, followed_at)
        SELECT %s, f.id, %s, f.followed_at FROM followers_follower AS f
        WHERE f.id IN ({dialect().ids_sql}) ON CONFLICT DO NOTHING
    """  # noqa: S608
    added = execute(sql, [tag_id, run_id, param])
    if added:
        sql = f"""
            UPDATE followers_follower SET has_tags = true
            WHERE id IN ({dialect().ids_sql}) AND NOT has_tags
        """  # noqa: S608
        execute(sql, [param])
    return added


def remove_tag(tag_id: int, ids: Iterable[int]) -> int:
    """Returns the number of memberships that are gone."""
    rows = BitMap64(ids)
    sql = f"""
        DELETE FROM followers_followertag WHERE tag_id = %s AND follower_id IN ({dialect().ids_sql})
    """  # noqa: S608
    removed = execute(sql, [tag_id, set_param(rows)])
    _mark_untagged(rows)
    return removed


def delete_tag(tag: Tag) -> None:
    """Delete the tag, also as the last known one of those who left."""
    rows = fetch_ids("SELECT follower_id FROM followers_followertag WHERE tag_id = %s", [tag.pk])
    tag.delete()
    _mark_untagged(rows)


def _mark_untagged(ids: BitMap64) -> None:
    sql = f"""
        UPDATE followers_follower SET has_tags = false
        WHERE id IN ({dialect().ids_sql}) AND has_tags AND NOT EXISTS (
            SELECT 1 FROM followers_followertag AS m WHERE m.follower_id = followers_follower.id
        )
    """  # noqa: S608
    if ids:
        execute(sql, [set_param(ids)])


def change_follower_count(tag_id: int, difference: int) -> None:
    sql = """
        UPDATE followers_tag SET follower_count = CASE
            WHEN follower_count + %s < 0 THEN 0 ELSE follower_count + %s END
        WHERE id = %s
    """
    if difference:
        execute(sql, [difference, difference, tag_id])


def count_status_change(*, returned: Iterable[int] = (), left: Iterable[int] = ()) -> None:
    """These followers have another status now: their tags count them, or no longer."""
    sql = f"""
        SELECT tag_id, count(*) FROM followers_followertag
        WHERE follower_id IN ({dialect().ids_sql}) GROUP BY tag_id ORDER BY tag_id
    """  # noqa: S608
    for ids, sign in ((returned, 1), (left, -1)):
        if rows := BitMap64(ids):
            for tag_id, number in fetch(sql, [set_param(rows)]):
                change_follower_count(tag_id, sign * number)


def copy_followed_at(ids: Iterable[int]) -> None:
    """These followers' `followed_at` may have changed."""
    _copy_followed_at(f"follower_id IN ({dialect().ids_sql})", set_param(ids))


def copy_followed_at_of_account(account_id: int) -> None:
    """As `copy_followed_at`, of any followers of the account."""
    _copy_followed_at("f.account_id = %s", account_id)


def _copy_followed_at(condition: str, param: Any) -> None:
    sql = f"""
        UPDATE followers_followertag SET followed_at = f.followed_at
        FROM followers_follower AS f WHERE f.id = follower_id AND {condition}
            AND COALESCE(followers_followertag.followed_at <> f.followed_at, true)
    """  # noqa: S608 (only constants)
    execute(sql, [param])
