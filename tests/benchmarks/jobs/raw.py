"""The least that can be done: the same rows into the same table through the driver alone.

One commit for each page of 10,000, through the connection that Django opens, so with the same
settings. Rows are made before the clock starts.
"""

import time
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from followers.models import OfficialAccount
from tests.benchmarks.simulation import pages

COLUMNS = (
    "account_id, openid, first_seen_at, status_as_of, unionid, remark, subscribe_scene, "
    "qr_scene_str, language, blacklisted, subscribed"
)


def run(followers: int) -> float:
    account = OfficialAccount.objects.get()
    connection.ensure_connection()
    raw = connection.connection
    now = connection.ops.adapt_datetimefield_value(datetime.now(UTC))
    if connection.vendor == "sqlite":
        return _executemany(raw, [_tuples(account.pk, now, page) for page in pages(followers)])
    return _copy(raw, [_lines(account.pk, now, page) for page in pages(followers)])


def _tuples(account: int, now: Any, openids: list[str]) -> list[tuple[Any, ...]]:
    return [(account, openid, now, now, "", "", "", "", "", False, True) for openid in openids]


def _executemany(raw: Any, prepared: list[list[tuple[Any, ...]]]) -> float:
    marks = ", ".join("?" * len(COLUMNS.split(",")))
    sql = f"INSERT INTO followers_follower ({COLUMNS}) VALUES ({marks})"
    began = time.perf_counter()
    for page in prepared:
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(sql, page)
        raw.execute("COMMIT")
    return time.perf_counter() - began


def _lines(account: int, now: datetime, openids: list[str]) -> bytes:
    line = f"{account}\t%s\t{now.isoformat()}\t{now.isoformat()}\t\t\t\t\t\tf\tt\n"
    return "".join(line % openid for openid in openids).encode()


def _copy(raw: Any, prepared: list[bytes]) -> float:
    sql = f"COPY followers_follower ({COLUMNS}) FROM STDIN"
    began = time.perf_counter()
    for page in prepared:
        with raw.transaction(), raw.cursor() as cursor, cursor.copy(sql) as copy:
            copy.write(page)
    return time.perf_counter() - began
