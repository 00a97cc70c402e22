"""Two years of subscriptions of one account, on PostgreSQL: the same ones in every run.

Each property follows from the remainder by another prime, as in `tagged`. Who they are is left out:
the figures come from the subscriptions alone, and as many followers would take an hour to write.
"""

import time
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from followers.models import OfficialAccount

DAYS = 730
SCENES = 300
# In hundredths. Of those who scanned a QR code, 9 in 10 came by one with a scene.
SOURCES = {
    "ADD_SCENE_QR_CODE": 45,
    "ADD_SCENE_SEARCH": 20,
    "ADD_SCENE_PROFILE_CARD": 10,
    "ADD_SCENE_PROFILE_LINK": 6,
    "ADD_SCENE_PAID": 5,
    "ADD_SCENE_WECHAT_ADVERTISEMENT": 4,
    "ADD_SCENE_WXA": 3,
    "ADD_SCENE_CHANNELS": 2,
    "ADD_SCENE_LIVESTREAM": 2,
    "ADD_SCENE_PROFILE_ITEM": 1,
    "ADD_SCENE_REPRINT": 1,
    "ADD_SCENE_OTHERS": 1,
}
ENDED = 0.35
# Every so many left the baseline's list: they have no beginning.
OF_THE_BASELINE = 100
# of_end ** 4: most of those who leave do so soon, and nobody in the future.
FILL = """
    INSERT INTO followers_subscription (
        account_id, follower_id, began_at, began_by, source, scene, ended_at, ended_by,
        ended_confirmed
    )
    SELECT %(account)s, n,
        CASE WHEN n %% %(old)s <> 0 THEN at END,
        CASE WHEN n %% %(old)s <> 0 THEN 'event' ELSE '' END,
        CASE WHEN n %% %(old)s <> 0 THEN source ELSE '' END,
        CASE WHEN n %% %(old)s <> 0 AND source = 'ADD_SCENE_QR_CODE' AND n %% 10 <> 7
            THEN (1 + floor(%(scenes)s * of_scene ^ 3))::int::text ELSE '' END,
        CASE WHEN has_ended THEN at + of_end ^ 4 * (%(now)s - at) END,
        CASE WHEN has_ended THEN 'event' ELSE '' END,
        false
    FROM (
        SELECT n, %(start)s + n::float8 / %(rows)s * (%(now)s - %(start)s) AS at,
            (%(sources)s::text[])[1 + n * 7919 %% 9973 * 100 / 9973] AS source,
            (n * 7907 %% 1000003)::float8 / 1000003 AS of_scene,
            (n * 7901 %% 1000033)::float8 / 1000033 AS of_end,
            n %% %(old)s = 0 OR n * 7883 %% 10007 < 10007 * %(ended)s AS has_ended
        FROM generate_series(1::bigint, %(rows)s) AS n
    ) AS subscription
"""
FOREIGN_KEYS = """
    SELECT conname FROM pg_constraint
    WHERE contype = 'f' AND conrelid = 'followers_subscription'::regclass
"""


def run(rows: int) -> float:
    account, now = OfficialAccount.objects.get(), timezone.now()
    account.baseline_at = now - timedelta(days=DAYS)
    account.save()
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(FOREIGN_KEYS)
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE followers_subscription DROP CONSTRAINT "{name}"')
        cursor.execute(
            FILL,
            {
                "account": account.pk,
                "old": OF_THE_BASELINE,
                "scenes": SCENES,
                "start": account.baseline_at,
                "now": now,
                "rows": rows,
                "sources": [name for name, share in SOURCES.items() for _ in range(share)],
                "ended": ENDED,
            },
        )
        # What the server's autovacuum does some time later.
        cursor.execute("VACUUM ANALYZE followers_subscription")
    return time.perf_counter() - began
