"""Followers of one account in one statement, with a source each and no tags: their number matters.

They are rows of their own: the figures come from `subscriptions` alone.
"""

from datetime import UTC, datetime

from django.utils import timezone

from followers.models import OfficialAccount

from .filling import fill, moment, numbers

FIRST, YEARS = datetime(2018, 1, 1, tzinfo=UTC), 8
MINUTES = YEARS * 365 * 24 * 60
FILL = """
    INSERT INTO followers_follower (
        account_id, openid, subscribed, unionid, remark, subscribe_time, subscribe_scene, qr_scene,
        qr_scene_str, language, blacklisted, note, legacy, first_seen_at, unsubscribed_at,
        details_synced_at, status_as_of
    )
    SELECT %(account)s, 'oBenchmark' || (100000000000000000 + n), n %% 11 <> 0, '', '',
        {followed}, CASE WHEN n %% 2 = 0 THEN 'ADD_SCENE_QR_CODE' ELSE 'ADD_SCENE_SEARCH' END,
        CASE WHEN n %% 2 = 0 THEN 1 + n %% 500 END, '', 'zh_CN', n < 0, '', '{{}}', {now},
        CASE WHEN n %% 11 = 0 THEN {now} END, {now}, {now}
    FROM {numbers}
"""


def run(rows: int) -> float:
    account = OfficialAccount.objects.get()
    followed = moment("%(first)s + n * 7368787 %% %(minutes)s * 60")
    sql = FILL.format(followed=followed, now=moment("%(seconds)s"), numbers=numbers())
    seconds = timezone.now().timestamp()
    params = {"account": account.pk, "rows": rows, "first": FIRST.timestamp(), "minutes": MINUTES}
    return fill("followers_follower", sql, {**params, "seconds": seconds})
