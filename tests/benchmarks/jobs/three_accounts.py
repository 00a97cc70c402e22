"""Followers of three accounts, of which one has most, with ten tags each: for the follower lists.

Properties follow from remainders, so every run makes the same people. Primes keep the properties
from telling about each other; the times of following have nothing to do with the keys.
"""

from django.db import connection
from django.utils import timezone

from followers.models import OfficialAccount, Tag

from .filling import fill, moment, numbers
from .tagged import COUNTED

DAY = 24 * 60 * 60
YEARS = 8
MINUTES = YEARS * 365 * 24 * 60
NAMES = ("Large", "Middle", "Small")
TAGS = 10
# Of twenty people, sixteen belong to the large account, three to the middle one. Of the large
# one's, some belong to the middle one too, with the same unionid.
FILL = """
    INSERT INTO followers_follower (
        account_id, openid, subscribed, unionid, remark, subscribe_time, subscribe_scene, qr_scene,
        qr_scene_str, language, blacklisted, note, legacy, first_seen_at, unsubscribed_at,
        details_synced_at, status_as_of, has_tags, unionid_is_shared
    )
    SELECT
        CASE WHEN n %% 20 < 16 THEN %(large)s WHEN n %% 20 < 19 THEN %(middle)s ELSE %(small)s END,
        'o' || (100000000000000000 + n * 7368787),
        n %% 11 <> 0,
        CASE WHEN n %% 40 = 16 THEN 'u' || (100000000000000000 + n - 16)
            WHEN n %% 2 = 0 THEN 'u' || (100000000000000000 + n) ELSE '' END,
        CASE WHEN n * 7919 %% 9973 < 200 THEN '客户上海' || n ELSE '' END,
        CASE WHEN n %% 100 <> 51 THEN {followed} END,
        CASE WHEN n * 7919 %% 9941 < 5000 THEN 'ADD_SCENE_QR_CODE'
            WHEN n * 7919 %% 9941 < 9000 THEN 'ADD_SCENE_SEARCH' ELSE 'ADD_SCENE_PAID' END,
        CASE WHEN n * 7919 %% 9941 < 2000 THEN 1
            WHEN n * 7919 %% 9941 < 5000 THEN 2 + n %% 500 END,
        '', 'zh_CN', n %% 997 = 0,
        CASE WHEN n * 7919 %% 9967 < 50 THEN '老客户，生日在五月，喜欢绿茶 ' || n ELSE '' END,
        '{{}}', {long_ago},
        CASE WHEN n %% 11 = 0 THEN {left} WHEN n %% 211 = 5 THEN {left} END,
        CASE WHEN n %% 100 = 51 THEN NULL WHEN n %% 1009 = 7 THEN {long_ago} ELSE {now} END,
        {now}, n %% 101 <> 99, n %% 40 IN (0, 16)
    FROM {numbers}
"""
# Shares of 60 %, 10 %, 0.1 %, and a seventh for each of the others.
TAGGED = """
    INSERT INTO followers_followertag (follower_id, tag_id, followed_at)
    SELECT f.id, t.id, f.followed_at
    FROM followers_follower AS f JOIN followers_tag AS t ON t.account_id = f.account_id
    WHERE f.has_tags AND (
        (t.wechat_id = 100 AND f.id * 7919 %% 10007 < 6004)
        OR (t.wechat_id = 101 AND f.id * 7919 %% 10009 < 1001)
        OR (t.wechat_id = 102 AND f.id * 7919 %% 10037 < 10)
        OR (t.wechat_id > 102 AND f.id %% 7 = t.wechat_id - 103)
    )
"""


def run(followers: int) -> float:
    accounts = [OfficialAccount.objects.get()]
    accounts += [
        OfficialAccount.objects.create(app_id=f"wx{number:016x}", name=name)
        for number, name in enumerate(NAMES[1:])
    ]
    keys = dict(zip(("large", "middle", "small"), (it.pk for it in accounts), strict=True))
    Tag.objects.bulk_create(
        Tag(account=account, wechat_id=100 + number, name=f"Tag {number}")
        for account in accounts
        for number in range(TAGS)
    )
    now = timezone.now().timestamp()
    sql = FILL.format(
        followed=moment("%(first)s + n * 7368787 %% %(minutes)s * 60"),
        long_ago=moment(f"%(now)s - {400 * DAY}"),
        left=moment(f"%(now)s - n %% 307 * {DAY}"),
        now=moment("%(now)s"),
        numbers=numbers(),
    )
    params = {"rows": followers, "first": now - 60 * MINUTES, "minutes": MINUTES, "now": now}
    seconds = fill("followers_follower", sql, {**params, **keys})
    seconds += fill("followers_followertag", TAGGED, {"none": None})
    with connection.cursor() as cursor:
        cursor.execute(COUNTED)
    return seconds
