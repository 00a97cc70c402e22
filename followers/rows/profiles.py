"""Profiles of followers in sets: whose are missing or old, and what WeChat said about them."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from .dialect import as_set, as_time, dialect, execute
from .followers import scan

# What a record of write_details holds, and as which SQL type.
RECORD = {
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


def needing_details(
    account_id: int, stale: datetime, asked_before: datetime
) -> Iterator[list[int]]:
    """Ids of those who follow and whose details are missing, older than their return, or stale.

    `asked_before`: details read before this are to be read again; ascending, SCAN_ROWS at a time.
    """
    yield from scan(
        """
        account_id = %s AND subscribed AND (
            details_synced_at IS NULL OR details_synced_at < status_as_of
            OR details_synced_at < %s OR details_synced_at < %s
        )
        """,
        [account_id, as_time(stale), as_time(asked_before)],
    )


def write_details(records: list[dict[str, Any]], as_of: datetime) -> None:
    """Store profiles, one statement for all.

    A record has the columns of RECORD, its time as a datetime. None means "not said" and keeps what
    is known; the QR scene belongs to the scene and changes with it.
    """
    merged = dialect().json_merged("followers_follower.legacy", "said.legacy")
    sql = f"""
        UPDATE followers_follower SET
            unionid = COALESCE(said.unionid, followers_follower.unionid),
            remark = COALESCE(said.remark, followers_follower.remark),
            subscribe_time = COALESCE(said.subscribe_time, followers_follower.subscribe_time),
            subscribe_scene = COALESCE(said.scene, followers_follower.subscribe_scene),
            qr_scene = CASE WHEN said.scene IS NULL THEN followers_follower.qr_scene
                ELSE said.qr_scene END,
            qr_scene_str = CASE WHEN said.scene IS NULL THEN followers_follower.qr_scene_str
                ELSE COALESCE(said.qr_scene_str, '') END,
            language = COALESCE(said.language, followers_follower.language),
            legacy = COALESCE({merged}, followers_follower.legacy),
            details_synced_at = %s
        FROM ({dialect().json_records(RECORD)}) AS said WHERE followers_follower.id = said.id
            AND (details_synced_at IS NULL OR details_synced_at < %s)
    """  # noqa: S608
    time = as_time(as_of)
    execute(sql, [time, json.dumps(records, default=lambda moment: str(as_time(moment))), time])


def mark_asked(ids: Iterable[int], as_of: datetime) -> None:
    """Nothing could be learned about these: they are not asked about again until they are stale."""
    sql = f"UPDATE followers_follower SET details_synced_at = %s WHERE id IN ({dialect().ids})"  # noqa: S608
    execute(sql, [as_time(as_of), as_set(ids)])
