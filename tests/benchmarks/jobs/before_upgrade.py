"""An account as the version before 0009_history has left it after two years, in sets.

Of a thousand followers 600 are of the first list; 37 have left once, and one has left twice.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from tests.upgrade.before import migrate

BEFORE = "0008_standard_words"
BASELINE = datetime(2024, 1, 1, tzinfo=UTC)
WEEK = 7 * 86_400
# Lists were read every week. Everybody has been seen by the 90th.
LISTS, LAST_NEW = 104, 90
# Seconds after the baseline, from a follower's number n.
NEW = f"n * {LAST_NEW * WEEK} / %(followers)s"
FOLLOWED = "-1 - n * 6977 %% 189216000"
LEFT = f"{WEEK} * (95 + n %% 10)"
# Whoever has left twice, by the lists of these numbers, and had come back by the one between them.
TWICE = "(f.id * 6763) %% 1000 = 999"
LEFT_FIRST, BACK = 91, 93

FOLLOWERS = """
    INSERT INTO followers_follower (
        id, account_id, openid, subscribed, unionid, remark, subscribe_time, subscribe_scene,
        qr_scene, qr_scene_str, language, blacklisted, note, legacy,
        first_seen_at, unsubscribed_at, details_synced_at, status_as_of
    )
    WITH RECURSIVE numbers(n) AS (
        SELECT CAST(1 AS bigint) UNION ALL SELECT n + 1 FROM numbers WHERE n < %(followers)s
    ), people AS (
        SELECT n, n %% 1000 < 600 AS is_first, n %% 10 <> 7 AS has_profile,
            (n * 7919) %% 100 AS source, (n * 6763) %% 1000 >= 962 AS has_left
        FROM numbers
    ), seen AS (
        SELECT people.*, CASE WHEN is_first THEN {start} ELSE {new} END AS seen_at FROM people
    )
    SELECT n, %(account)s, 'oBenchmark' || CAST(100000000000000000 + n AS text), NOT has_left,
        '', '', CASE WHEN has_profile THEN CASE WHEN is_first THEN {followed} ELSE seen_at END END,
        CASE WHEN NOT has_profile THEN '' WHEN source < 50 THEN 'ADD_SCENE_QR_CODE'
            WHEN source < 90 THEN 'ADD_SCENE_SEARCH' ELSE 'ADD_SCENE_PROFILE_CARD' END,
        CASE WHEN has_profile AND source < 50 THEN source END, '', 'zh_CN', false, '', '{{}}',
        seen_at, CASE WHEN has_left THEN {left} END, CASE WHEN has_profile THEN seen_at END,
        CASE WHEN has_left THEN {left} ELSE seen_at END
    FROM seen
"""
CHANGES = f"""
    INSERT INTO followers_statuschange (follower_id, subscribed, at, run_id)
    SELECT f.id, false, s.walk_started_at, s.run_id FROM followers_follower AS f
    JOIN followers_syncstage AS s ON s.walk_started_at = f.unsubscribed_at
    UNION ALL
    SELECT f.id, s.run_id = %(back)s, s.walk_started_at, s.run_id FROM followers_follower AS f
    JOIN followers_syncstage AS s ON s.run_id IN (%(left_first)s, %(back)s)
    WHERE {TWICE}
"""


def run(followers: int) -> float:
    began = time.perf_counter()
    apps = migrate(BEFORE)
    account = apps.get_model("followers", "OfficialAccount").objects.get()
    account.baseline_at = BASELINE
    account.save()
    runs = _lists(apps, account)
    seconds = {"start": "0", "new": NEW, "followed": FOLLOWED, "left": LEFT}
    moments = {name: _moment(after) for name, after in seconds.items()}
    baseline = connection.ops.adapt_datetimefield_value(BASELINE)
    values = {"followers": followers, "account": account.pk, "baseline": baseline}
    values |= {"left_first": runs[LEFT_FIRST], "back": runs[BACK]}
    with connection.cursor() as cursor:
        for sql in (FOLLOWERS.format(**moments), CHANGES):
            cursor.execute(sql, values)
        if connection.vendor == "postgresql":
            # What the server's autovacuum does some time after a sync.
            cursor.execute("VACUUM ANALYZE")
    return time.perf_counter() - began


def _lists(apps: Any, account: Any) -> list[int]:
    """The runs that have read them, by number."""
    run_model = apps.get_model("followers", "SyncRun")
    stage_model = apps.get_model("followers", "SyncStage")
    runs = []
    for number in range(LISTS + 1):
        run = run_model.objects.create(
            account=account, status="succeeded", created_at=BASELINE, lease_until=BASELINE
        )
        stage_model.objects.create(
            run=run,
            name="listing",
            position=0,
            status="done",
            walk_started_at=BASELINE + timedelta(seconds=number * WEEK),
            state={"gone": 2_000, "asked": 2_000},
        )
        runs.append(run.pk)
    return runs


def _moment(seconds: str) -> str:
    if connection.vendor == "postgresql":
        return f"(CAST(%(baseline)s AS timestamptz) + ({seconds}) * interval '1 second')"
    return f"strftime('%%Y-%%m-%%d %%H:%%M:%%S', %(baseline)s, ({seconds}) || ' seconds')"
