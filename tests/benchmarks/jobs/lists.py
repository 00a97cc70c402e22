"""Whole requests for the follower list of `tagged`, each kind of filter many times.

Answers the seconds of each request, by what is chosen.
"""

import time
from collections.abc import Mapping

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from followers.models import Tag

from .tagged import BUSY_SCENE, RARE_SOURCE, SHARES

REQUESTS = 20
ENOUGH = 1_000_000
BUSY_SOURCE = "ADD_SCENE_QR_CODE"
MONTH = {"followed_from": "2022-03-01", "followed_to": "2022-03-31"}
SIX_YEARS = {"followed_from": "2019-01-01", "followed_to": "2024-12-31"}

Params = Mapping[str, object]


def run(followers: int) -> dict[str, list[float]]:
    user = User.objects.create_superuser("benchmark")
    browser = Client(headers={"host": "localhost"})
    browser.force_login(user)
    return {what: _seconds(browser, params, followers) for what, params in lists().items()}


def lists() -> dict[str, Params]:
    tags = dict(Tag.objects.filter(name__in=SHARES).values_list("name", "pk"))
    found: dict[str, Params] = {
        "nothing": {},
        "following": {"subscribed__exact": "1"},
        "a month": MONTH,
        "six years": SIX_YEARS,
        "source of 50 %": {"subscribe_scene__exact": BUSY_SOURCE},
        "source of 0.5 %": {"subscribe_scene__exact": RARE_SOURCE},
        "QR scene of 15 %": {"scene": BUSY_SCENE},
        "QR scene of 0.07 %": {"scene": 96},
    }
    for share, pk in tags.items():
        tag = {"tags__id__exact": pk}
        found |= {
            f"tag of {share}": tag,
            f"tag of {share}, a month": {**tag, **MONTH},
            f"tag of {share}, six years": {**tag, **SIX_YEARS},
            f"tag of {share}, following": {**tag, "subscribed__exact": "1"},
            f"tag of {share}, source of 50 %": {**tag, "subscribe_scene__exact": BUSY_SOURCE},
            f"tag of {share}, source of 0.5 %": {**tag, "subscribe_scene__exact": RARE_SOURCE},
        }
    found["tags of 60 % and 10 %"] = {"tags__id__exact": [tags["60 %"], tags["10 %"]]}
    return found


def _seconds(browser: Client, params: Params, followers: int) -> list[float]:
    seconds = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        answer = browser.get(reverse("admin:followers_follower_changelist"), params)
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.status_code
        # An empty page would look fast; of few followers nobody may match.
        assert answer.context_data["cl"].result_count or followers < ENOUGH, params
    return seconds
