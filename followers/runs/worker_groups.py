"""What supervisors ask about worker groups, and what they do with the runs of a group that ended.

A group's name is given by its supervisor (lease.OWNER_VARIABLE) and stored as `lease_owner`.
"""

from collections.abc import Callable

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from ..models import EPOCH, Run
from ..rows.clock import from_now, unexpired
from . import lease
from .stage import run_models

Status = Run.Status


def is_owner_active(owner: str, seconds: float) -> bool:
    """Whether a group holds a lease, or has committed something in the last `seconds`."""
    leased = unexpired("lease_until", settings.SYNC_LEASE_SECONDS)
    progressed = Q(progressed_at__gte=from_now(-seconds), progressed_at__lte=Now())
    return any(
        model._default_manager.filter(leased | progressed, lease_owner=owner).exists()
        for model in run_models()
    )


def has_stalled_runs() -> bool:
    """Whether a claimable run was enqueued again and no worker has claimed it."""
    return any(
        lease.claimable_runs(model).filter(redeliveries__gt=0).exists() for model in run_models()
    )


def revoke_leases(owner: str) -> int:
    """Make every further commit of a group fail, so that it ends soon; returns how many runs.

    The runs are not enqueued yet. Runs that the group has handed over are among them, because it
    may have taken their message from the queue already.
    """
    return sum(
        lease.update_in_transaction(
            _running_runs_of(owner, model),
            lease_until=EPOCH,
            version=F("version") + 1,
            redeliveries=0,
            redeliver_at=from_now(lease.REDELIVER_SECONDS),
        )
        for model in run_models()
    )


def release_runs(owner: str) -> int:
    """Revoke the leases of a group that has ended and enqueue its runs; returns how many.

    A group that still ran could take the message out of the queue and lose it as it ends.
    """
    released = revoke_leases(owner)
    for model in run_models():
        for run in _running_runs_of(owner, model):
            lease.enqueue(run)
    return released


def release_runs_of_dead_workers(host: str, is_alive: Callable[[int], bool]) -> int:
    """Release the runs of this host's dead supervisors (by pid); their groups died with them."""
    owners = {owner for model in run_models() for owner in _lease_owners(host, model)}
    dead = {owner for owner in owners if not is_alive(int(owner.split("/")[1]))}
    return sum(release_runs(owner) for owner in dead)


def _running_runs_of(owner: str, model: type[Run]) -> QuerySet[Run]:
    return model._default_manager.filter(lease_owner=owner, status=Status.RUNNING)


def _lease_owners(host: str, model: type[Run]) -> QuerySet[Run, str]:
    runs = model._default_manager.filter(status=Status.RUNNING, lease_owner__startswith=f"{host}/")
    return runs.values_list("lease_owner", flat=True)
