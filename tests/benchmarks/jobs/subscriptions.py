"""Two years of subscriptions of one account: the same ones in every run.

Each property follows from the remainder by another prime, as in `tagged`. Who they are is left out
on PostgreSQL, where there are more of them than of `people`: the figures come from the
subscriptions alone. SQLite wants the followers to be there before.
"""

from datetime import timedelta

from django.utils import timezone

from followers.models import OfficialAccount

from .filling import fill, moment, numbers

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
# of_end ** 4: most of those who leave do so soon, and nobody in the future. Times are in seconds.
FILL = """
    INSERT INTO followers_subscription (
        account_id, follower_id, began_at, began_by, source, scene, ended_at, ended_by,
        ended_confirmed
    )
    SELECT %(account)s, n,
        CASE WHEN n %% %(old)s <> 0 THEN {began} END,
        CASE WHEN n %% %(old)s <> 0 THEN 'event' ELSE '' END,
        CASE WHEN n %% %(old)s <> 0 THEN source ELSE '' END,
        CASE WHEN n %% %(old)s <> 0 AND source = 'ADD_SCENE_QR_CODE' AND n %% 10 <> 7
            THEN CAST(CAST(1 + floor(%(scenes)s * of_scene * of_scene * of_scene) AS integer)
            AS text) ELSE '' END,
        CASE WHEN has_ended THEN {ended} END,
        CASE WHEN has_ended THEN 'event' ELSE '' END,
        n < 0
    FROM (
        SELECT n,
            %(start)s + CAST(n AS double precision) / %(rows)s * (%(now)s - %(start)s) AS began,
            CASE {source} END AS source,
            CAST(n * 7907 %% 1000003 AS double precision) / 1000003 AS of_scene,
            CAST(n * 7901 %% 1000033 AS double precision) / 1000033 AS of_end,
            n %% %(old)s = 0 OR n * 7883 %% 10007 < 10007 * %(ended)s AS has_ended
        FROM {numbers}
    ) AS subscription
"""


def run(rows: int) -> float:
    account, now = OfficialAccount.objects.get(), timezone.now()
    account.baseline_at = now - timedelta(days=DAYS)
    account.save()
    ended = "began + of_end * of_end * of_end * of_end * (%(now)s - began)"
    return fill(
        "followers_subscription",
        FILL.format(
            began=moment("began"), ended=moment(ended), source=_source(), numbers=numbers()
        ),
        {
            "account": account.pk,
            "old": OF_THE_BASELINE,
            "scenes": SCENES,
            "start": account.baseline_at.timestamp(),
            "now": now.timestamp(),
            "rows": rows,
            "ended": ENDED,
        },
    )


def _source() -> str:
    """Branches of a CASE."""
    parts, upto = [], 0
    for name, share in SOURCES.items():
        upto += share
        parts.append(f"WHEN n * 7919 %% 9973 * 100 / 9973 < {upto} THEN '{name}'")
    return " ".join(parts)
