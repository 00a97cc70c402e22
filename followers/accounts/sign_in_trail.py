"""Sign-ins, failed ones and sign-outs in the activity log."""

from typing import Any

from django.contrib.auth.models import User

from .. import audit
from ..audit import Action
from .sign_in_names import bearer_of


def signed_in(sender: Any, request: Any, user: User, **_signal: Any) -> None:
    audit.record(Action.SIGNED_IN, actor=user, accounts=user.official_accounts.all())


def signed_out(sender: Any, request: Any, user: User | None, **_signal: Any) -> None:
    """user: None where nobody was signed in."""
    if user is not None:
        audit.record(Action.SIGNED_OUT, actor=user, accounts=user.official_accounts.all())


def sign_in_failed(username: str, details: dict[str, Any]) -> None:
    """Of a name that somebody has; any other is not kept, for people type passwords there."""
    bearer = bearer_of(username)
    audit.record(
        Action.SIGN_IN_FAILED,
        actor_name=audit.name_of(bearer) if bearer else "",
        member=bearer,
        accounts=bearer.official_accounts.all() if bearer else (),
        details=details,
    )
