"""Followers with whole profiles and three tags each: the same ones in every run.

Each property follows from the remainder by another prime, so that none tells about another; the
times of following have nothing to do with the order of the list, as in the simulated WeChat.
"""

import time
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

from followers.models import Follower, OfficialAccount, Tag

PAGE = 10_000
FIRST, YEARS = datetime(2018, 1, 1, tzinfo=UTC), 8
MINUTES = YEARS * 365 * 24 * 60
# In thousandths; what is left of the sources came in another way.
SOURCES = {"ADD_SCENE_QR_CODE": 500, "ADD_SCENE_SEARCH": 400, "ADD_SCENE_PROFILE_CARD": 95}
RARE_SOURCE = "ADD_SCENE_PAID"
BUSY_SCENE, SCENES = 1, 500
# Everybody has three tags, one of each line: this share the first tag, others one of OTHERS more.
SHARES = {"60 %": 600, "10 %": 100, "0.1 %": 1}
PRIMES = (10_007, 10_009, 10_037)
OTHERS = 15
TAGGED = """
    INSERT INTO followers_followertag (follower_id, tag_id)
    SELECT id, CASE WHEN id * 7919 %% %s < %s THEN %s ELSE %s + id %% %s END
    FROM followers_follower
"""
# As a sync leaves it; the list goes through the rarest of several tags.
COUNTED = """
    UPDATE followers_tag SET follower_count =
        (SELECT count(*) FROM followers_followertag WHERE tag_id = followers_tag.id)
"""


def run(followers: int) -> float:
    account = OfficialAccount.objects.get()
    began = time.perf_counter()
    for start in range(1, followers + 1, PAGE):
        numbers = range(start, min(start + PAGE, followers + 1))
        Follower.objects.bulk_create(_follower(account, n) for n in numbers)
    for line, (name, share) in enumerate(SHARES.items()):
        _tag(account, line, name, share)
    if connection.vendor == "postgresql":
        # What the server's autovacuum does some time after a sync.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return time.perf_counter() - began


def _tag(account: OfficialAccount, line: int, name: str, share: int) -> None:
    """One tag for everybody. The others' keys follow each other: nobody else writes here."""
    names = [name, *(f"{name}, other {n}" for n in range(OTHERS))]
    tags = [
        Tag.objects.create(account=account, wechat_id=100 * (line + 1) + n, name=own)
        for n, own in enumerate(names)
    ]
    prime = PRIMES[line]
    with connection.cursor() as cursor:
        cursor.execute(TAGGED, [prime, prime * share // 1000, tags[0].pk, tags[1].pk, OTHERS])
        cursor.execute(COUNTED)


def _follower(account: OfficialAccount, n: int) -> Follower:
    now = timezone.now()
    source = _source(n * 7919 % 9_973 * 1000 // 9_973)
    gone = n % 11 == 0
    return Follower(
        account=account,
        openid=f"oBenchmark{n:018}",
        subscribed=not gone,
        subscribe_time=FIRST + timedelta(minutes=n * 7_368_787 % MINUTES),
        subscribe_scene=source,
        qr_scene=_scene(n) if source == "ADD_SCENE_QR_CODE" else None,
        language="zh_CN",
        first_seen_at=now,
        unsubscribed_at=now if gone else None,
        details_synced_at=now,
        status_as_of=now,
    )


def _source(thousandth: int) -> str:
    for source, share in SOURCES.items():
        if thousandth < share:
            return source
        thousandth -= share
    return RARE_SOURCE


def _scene(n: int) -> int:
    """Three codes in ten people were one and the same."""
    return BUSY_SCENE if n * 7919 % 9_967 < 2_990 else n % SCENES + 2
