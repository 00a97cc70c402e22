"""The page that says what a change of everybody in `tagged` would do, for each kind of change.

Answers the seconds of each request, by what is to be done.
"""

import time

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from followers.models import Tag

from .tagged import SHARES

REQUESTS = 5
EVERYBODY = {"index": "0", "select_across": "1", "_selected_action": "0", "step": "plan"}


def run(followers: int) -> dict[str, list[float]]:
    user = User.objects.create_superuser("confirming")
    browser = Client(headers={"host": "localhost"})
    browser.force_login(user)
    tags = dict(Tag.objects.filter(name__in=SHARES).values_list("name", "pk"))
    kinds: dict[str, dict[str, object]] = {
        "tag of 60 %": {"action": "edit_tag", "add_tag": tags["60 %"]},
        "tag of 0.1 %": {"action": "edit_tag", "add_tag": tags["0.1 %"]},
        "untag 60 %": {"action": "edit_tag", "remove_tag": tags["60 %"]},
        "all tags": {"action": "edit_tag", "add_tag": list(tags.values())},
        "remark": {"action": "edit_remark", "text": "VIP"},
        "note": {"action": "edit_note", "text": "VIP"},
        "block": {"action": "edit_block"},
        "unblock": {"action": "edit_unblock"},
    }
    return {what: _seconds(browser, form, followers) for what, form in kinds.items()}


def _seconds(browser: Client, form: dict[str, object], followers: int) -> list[float]:
    seconds = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        answer = browser.post(reverse("admin:followers_follower_changelist"), {**EVERYBODY, **form})
        seconds.append(time.perf_counter() - began)
        selected, _label = answer.context_data["plan"]["tiles"][0]
        # A page that selects nobody would look fast.
        assert selected == f"{followers:,}", selected
    return seconds
