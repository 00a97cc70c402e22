"""Set-based SQL for profiles: which followers need theirs, and storing what WeChat returned."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from .dialect import dialect, execute, set_param, time_param
from .followers import scan
from .memberships import copy_followed_at

# SQL types of the columns of a record for `write_details`.
RECORD_TYPES = {
    "id": "bigint",
    "unionid": "text",
    "remark": "text",
    "subscribe_time": "timestamptz",
    "scene": "text",
    "qr_scene": "bigint",
    "qr_scene_str": "text",
    "language": "text",
    "legacy": "jsonb",
}

SCENE_SQL = "COALESCE(CAST(qr_scene AS text), qr_scene_str)"


def scene_of(number: int | None, text: str) -> str:
    """The QR scene of a follower, as SCENE_SQL; "" for somebody who came another way.

    A QR code is made with a number or with a text; nobody who reads a list cares which it was.
    """
    return text if number is None else str(number)


def ids_needing_details(
    account_id: int, stale: datetime, asked_before: datetime
) -> Iterator[list[int]]:
    """Ids of subscribed followers whose details are missing or outdated; in batches, as `scan`.

    Outdated: older than their status, than `stale`, or than `asked_before`.
    """
    yield from scan(
        """
        account_id = %s AND subscribed AND (
            details_synced_at IS NULL OR details_synced_at < status_as_of
            OR details_synced_at < %s OR details_synced_at < %s
        )
        """,
        [account_id, time_param(stale), time_param(asked_before)],
    )


def write_details(records: list[dict[str, Any]], as_of: datetime) -> None:
    """Store profiles of people who follow, with one statement.

    A record has the columns of RECORD_TYPES, with `subscribe_time` as a datetime. None keeps the
    stored value; the QR scene columns change together with `scene`.
    """
    merged = dialect().json_merge_sql("followers_follower.legacy", "profile.legacy")
    sql = f"""
        UPDATE followers_follower SET
            unionid = COALESCE(profile.unionid, followers_follower.unionid),
            remark = COALESCE(profile.remark, followers_follower.remark),
            subscribe_time = COALESCE(profile.subscribe_time, followers_follower.subscribe_time),
            subscribe_scene = COALESCE(profile.scene, followers_follower.subscribe_scene),
            qr_scene = CASE WHEN profile.scene IS NULL THEN followers_follower.qr_scene
                ELSE profile.qr_scene END,
            qr_scene_str = CASE WHEN profile.scene IS NULL THEN followers_follower.qr_scene_str
                ELSE COALESCE(profile.qr_scene_str, '') END,
            language = COALESCE(profile.language, followers_follower.language),
            legacy = COALESCE({merged}, followers_follower.legacy),
            status_as_of = CASE WHEN subscribed AND status_as_of < %s THEN %s
                ELSE status_as_of END,
            details_synced_at = %s
        FROM ({dialect().json_records_sql(RECORD_TYPES)}) AS profile
        WHERE followers_follower.id = profile.id
            AND (details_synced_at IS NULL OR details_synced_at < %s)
    """  # noqa: S608
    time = time_param(as_of)
    said = json.dumps(records, default=lambda moment: str(time_param(moment)))
    execute(sql, [time, time, time, said, time])
    copy_followed_at(record["id"] for record in records)


def mark_details_synced(ids: Iterable[int], as_of: datetime) -> None:
    """Mark details as read where WeChat returned none: they are not requested until stale."""
    sql = f"UPDATE followers_follower SET details_synced_at = %s WHERE id IN ({dialect().ids_sql})"  # noqa: S608
    execute(sql, [time_param(as_of), set_param(ids)])
