"""Whole requests for the follower lists of `three_accounts`: each order, page, filter, search, and
every two filters together.

Answers, by what is asked for, the milliseconds of each request, how many queries one makes, and how
many followers its title tells; and the machine's load.
"""

import os
import time
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from followers.models import Follower, OfficialAccount, Tag

READINGS, READINGS_OF_PAIRS = 20, 5
# What takes this long is not read again and again.
PATIENCE_SECONDS = 10
MONTH = {"followed_from": "2022-03-01", "followed_to": "2022-03-31"}

Params = Mapping[str, Any]


def run(_followers: int) -> dict[str, Any]:
    user, _created = User.objects.get_or_create(
        username="benchmark", defaults={"is_staff": True, "is_superuser": True}
    )
    browser = Client(headers={"host": "localhost"})
    browser.force_login(user)
    account = OfficialAccount.objects.order_by("pk")[0]
    lists = {**_lists(account), **_searches(account)}
    return {
        "lists": {name: _read(browser, it, READINGS) for name, it in lists.items()},
        "pairs": {
            name: _read(browser, it, READINGS_OF_PAIRS) for name, it in _pairs(account).items()
        },
        "load": os.getloadavg()[0],
    }


def _lists(account: OfficialAccount) -> dict[str, Params]:
    own = {"account__id__exact": account.pk}
    lists: dict[str, Params] = {
        "all accounts": {},
        "all accounts, page 1,900": {"p": 1900},
        "one account": own,
        "who left": {**own, "subscribed__exact": "0"},
        "everybody": {**own, "subscribed__exact": "all"},
        **{f"page {number:,}": {**own, "p": number} for number in (2, 50, 1900)},
        "200 rows": {**own, "size": 200},
        "by time of following, oldest first": {**own, "o": "followed"},
        "by first seen": {**own, "o": "-first_seen"},
        "by first seen, oldest first": {**own, "o": "first_seen"},
        "by time of leaving": {**own, "subscribed__exact": "0", "o": "-left"},
        "by time of leaving, oldest first": {**own, "subscribed__exact": "0", "o": "left"},
    }
    return lists | {name: {**own, **params} for name, params in _filters(account).items()}


def _filters(account: OfficialAccount) -> dict[str, Params]:
    tags = list(
        Tag.objects.filter(account=account).order_by("wechat_id").values_list("pk", flat=True)
    )
    return {
        "tag 60 %": {"tags_all": tags[0]},
        "tag 10 %": {"tags_all": tags[1]},
        "tag 0.1 %": {"tags_all": tags[2]},
        "two tags": {"tags_all": f"{tags[0]},{tags[3]}"},
        "any of two tags": {"tags_any": f"{tags[0]},{tags[1]}"},
        "any of two small tags": {"tags_any": f"{tags[2]},{tags[3]}"},
        "no tag 60 %": {"tags_none": tags[0]},
        "untagged": {"untagged": "1"},
        "source 50 %": {"subscribe_scene__exact": "ADD_SCENE_QR_CODE"},
        "two sources": {"subscribe_scene__exact": ["ADD_SCENE_PAID", "ADD_SCENE_SEARCH"]},
        "channel 20 %": {"scene": "1"},
        "channel 0.06 %": {"scene": "96"},
        "month": MONTH,
        "90 days": {"followed_within": "90d"},
        "first seen in a week": {"first_seen_within": "7d"},
        "left in 30 days": {"left_within": "30d"},
        "left": {"subscribed__exact": "0"},
        "unionid": {"unionid__isempty": "0"},
        "no unionid": {"unionid__isempty": "1"},
        "remark": {"remark__isempty": "0"},
        "no remark": {"remark__isempty": "1"},
        "note": {"note__isempty": "0"},
        "no note": {"note__isempty": "1"},
        "blacklisted": {"blacklisted__exact": "1"},
        "not blacklisted": {"blacklisted__exact": "0"},
        "details out of date": {"details_stale": "1"},
        "another account, too": {"elsewhere": "1"},
    }


def _pairs(account: OfficialAccount) -> dict[str, Params]:
    """Every two filters, but of two values of one parameter."""
    return {
        f"{one} + {other}": {"account__id__exact": account.pk, **first, **second}
        for (one, first), (other, second) in combinations(_filters(account).items(), 2)
        if not set(first) & set(second)
    }


def _searches(account: OfficialAccount) -> dict[str, Params]:
    own = {"account__id__exact": account.pk}
    someone = Follower.objects.filter(account=account).exclude(unionid="").order_by("-pk")[7]
    remarked = Follower.objects.filter(account=account).exclude(remark="").order_by("-pk")[7]
    noted = Follower.objects.filter(account=account).exclude(note="").order_by("-pk")[7]
    texts = {
        "openid": someone.openid,
        "beginning of an openid": someone.openid[:-3],
        "short beginning of an openid": someone.openid[:-8],
        "unionid": someone.unionid,
        "remark, one": remarked.remark,
        "remark, 2 %": "上海",
        "note, one": noted.note[-6:],
        "note, 0.5 %": "绿茶",
        "nobody": "没有这个人",
    }
    searches: dict[str, Params] = {f"search: {name}": {"q": q} for name, q in texts.items()}
    return searches | {f"{name}, one account": {**own, **it} for name, it in searches.items()}


def _read(browser: Client, params: Params, readings: int) -> dict[str, Any]:
    """The first request, which fills the caches, counts the queries alone."""
    address = reverse("admin:followers_follower_changelist")
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(address, params)
    # The next request empties the list.
    number = len(queries)
    assert answer.status_code == 200, (params, answer.status_code)
    milliseconds: list[float] = []
    began = time.perf_counter()
    while len(milliseconds) < readings and time.perf_counter() - began < PATIENCE_SECONDS:
        start = time.perf_counter()
        browser.get(address, params)
        milliseconds.append(1000 * (time.perf_counter() - start))
    changelist = answer.context_data["cl"]
    return {
        "milliseconds": milliseconds,
        "queries": number,
        "found": changelist.paginator.count_text,
    }
