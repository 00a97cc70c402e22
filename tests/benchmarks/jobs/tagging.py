"""One more tag for all followers, as the worker gives it; their list is known."""

import os
import time

from django.db.models import Sum

from followers.changes.change import Action, Change, kind_of
from followers.changes.record import record
from followers.models import ApiUsage, EditRun, Follower, OfficialAccount, Run, Tag
from followers.runs import engine


def run(followers: int) -> dict[str, float]:
    account = OfficialAccount.objects.get(app_id=os.environ["APP_ID"])
    _drive(record(account, None, Change(Action.CREATE_TAG, name="VIP"), **_nobody()))
    tag = Tag.objects.get(name="VIP")
    began = time.perf_counter()
    edit = record(account, Follower.objects.all(), Change(Action.TAG, tag=tag), **_nobody())
    recorded = time.perf_counter() - began
    _drive(edit)
    seconds = time.perf_counter() - began
    assert (edit.status, edit.done) == (Run.Status.SUCCEEDED, followers), edit.status
    used = ApiUsage.objects.filter(account=account, path=kind_of(Action.TAG).path)
    calls = used.aggregate(total=Sum("calls"))["total"]
    return {"recorded": recorded, "seconds": seconds, "calls": calls}


def _nobody() -> dict[str, object]:
    return {"user": None, "selection": "all", "enqueue": False}


def _drive(edit: EditRun) -> None:
    while edit.is_active:
        engine.advance(EditRun, edit.pk, edit.ticket, in_foreground=True)
        edit.refresh_from_db()
