"""What supervisors ask about worker groups, and do with the runs that a group held.

A group is known by the name that its supervisor gave it (lease.OWNER_VARIABLE).
"""

from collections.abc import Callable

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from ..models import EPOCH, Run
from ..rows.clock import from_now, unexpired
from . import lease
from .stage import kinds

Status = Run.Status


def is_owner_active(owner: str, seconds: float) -> bool:
    """Whether a group holds a run, or has committed something in the last `seconds`."""
    held = unexpired("lease_until", settings.SYNC_LEASE_SECONDS)
    moved = Q(progressed_at__gte=from_now(-seconds), progressed_at__lte=Now())
    return any(
        model._default_manager.filter(held | moved, lease_owner=owner).exists() for model in kinds()
    )


def has_stalled_runs() -> bool:
    """Whether a run could be worked on, was sent to the queue again, and nobody has taken it."""
    return any(lease.claimable(model).filter(redeliveries__gt=0).exists() for model in kinds())


def revoke_leases(owner: str) -> int:
    """Refuse what a group still writes, so that it ends soon; returns how many runs.

    Nobody is told to go on with them yet. Runs that it has handed over are among them: their
    message may be in its hands.
    """
    return sum(
        lease.update(
            _left_by(owner, model),
            lease_until=EPOCH,
            version=F("version") + 1,
            redeliveries=0,
            redeliver_at=from_now(lease.WAKE_SECONDS),
        )
        for model in kinds()
    )


def release_runs(owner: str) -> int:
    """Let others go on with the runs of a group that has ended; returns how many.

    A group that is still there could take the message out of the queue, and into its grave.
    """
    freed = revoke_leases(owner)
    for model in kinds():
        for run in _left_by(owner, model):
            lease.enqueue(run)
    return freed


def release_dead(host: str, is_alive: Callable[[int], bool]) -> int:
    """Free what this host's dead supervisors held; their groups died with them."""
    owners = {owner for model in kinds() for owner in _owners(host, model)}
    dead = {owner for owner in owners if not is_alive(int(owner.split("/")[1]))}
    return sum(release_runs(owner) for owner in dead)


def _left_by(owner: str, model: type[Run]) -> QuerySet[Run]:
    return model._default_manager.filter(lease_owner=owner, status=Status.RUNNING)


def _owners(host: str, model: type[Run]) -> QuerySet[Run, str]:
    held = model._default_manager.filter(status=Status.RUNNING, lease_owner__startswith=f"{host}/")
    return held.values_list("lease_owner", flat=True)
