"""The run that makes the changes of a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.utils.translation import gettext as _

from ..accounts.usage import Quota, quota_for
from ..changes.change import Action, Change, kind_of
from ..changes.plan import SECONDS_PER_CALL, days_needed
from ..changes.record import PlannedStep, record_steps
from ..models import EditRun, OfficialAccount, Run
from ..wechat import paths
from .comparing import Comparison


@dataclass(frozen=True)
class Effort:
    """What making the changes costs. days: 1 unless the day's remarks do not suffice."""

    calls: int
    seconds: float
    quota: Quota | None
    days: int


def effort(found: Comparison) -> Effort:
    tagging = [*found.added.values(), *found.removed.values()]
    size = kind_of(Action.TAG).followers_per_step
    calls = len(found.created) + sum(ceil(len(who) / size) for who in tagging)
    remarks = len(found.remarks)
    quota = quota_for(found.account, paths.UPDATE_REMARK) if remarks else None
    seconds = (calls + remarks) * SECONDS_PER_CALL
    return Effort(calls + remarks, seconds, quota, days_needed(remarks, quota))


def unfinished(account: OfficialAccount, mark: str) -> EditRun | None:
    """The run of the same import, where it is not over yet."""
    runs = EditRun.objects.filter(account=account, import_fingerprint=mark)
    return runs.filter(status__in=Run.ACTIVE).order_by("pk").first()


def begin(
    found: Comparison, *, name: str, mark: str, user: Any, enqueue: bool = True
) -> EditRun | None:
    """Record what the comparison has found; None where nothing is to be changed.

    name: the file's; mark: the `Options.fingerprint` of this import.
    """
    steps = list(_steps(found))
    if not steps:
        return None
    meant = _("File %(name)s") % {"name": name}
    return record_steps(
        found.account, steps, user=user, selection=meant, import_fingerprint=mark, enqueue=enqueue
    )


def _steps(found: Comparison) -> Iterator[PlannedStep]:
    """Tags are made before they are given, and taken before others fill their place."""
    for name in found.created:
        yield PlannedStep(Change(Action.CREATE_TAG, name=name))
    for name, who in sorted(found.removed.items()):
        yield PlannedStep(Change(Action.UNTAG, tag=found.tags[name]), who)
    for name, who in sorted(found.added.items()):
        tag = found.tags.get(name)
        yield PlannedStep(Change(Action.TAG, tag=tag, name="" if tag else name), who)
    if found.remarks:
        yield PlannedStep(Change(Action.REMARK), texts=found.remarks)
    if found.notes:
        yield PlannedStep(Change(Action.NOTE), texts=found.notes)
