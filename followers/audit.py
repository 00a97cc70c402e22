"""The activity log: `record` writes a line for a deed, in the deed's own transaction.

Pages say who asks and from where once for each request (`from_page`), so that services need not
be told. What is recorded outside of a page was done by a command.
"""

import getpass
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from .models import AuditEntry, OfficialAccount, Run

try:
    import pwd
except ImportError:
    # Windows.
    pwd = None  # type: ignore[assignment]

Action = AuditEntry.Action


@dataclass(frozen=True)
class Origin:
    request: HttpRequest
    address: str | None


_origin: ContextVar[Origin | None] = ContextVar("audit_origin", default=None)


@contextmanager
def from_page(request: HttpRequest, address: str | None) -> Iterator[None]:
    """What is recorded within is done by the request's user, at the address."""
    token = _origin.set(Origin(request, address))
    try:
        yield
    finally:
        _origin.reset(token)


# No savepoint: without its line, a deed is not done.
@transaction.atomic(savepoint=False)
def record(
    action: AuditEntry.Action,
    *,
    actor: Any = None,
    actor_name: str | None = None,
    member: User | None = None,
    subject: str = "",
    accounts: Iterable[OfficialAccount] = (),
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one line. actor: a user; anything else stands for the page's user, or the command's.

    actor_name: for who is not known to be a user, as in a failed sign-in. member: whom it concerns.
    Nothing is written for a HEAD request, which does nothing: no file is sent.
    """
    origin = _origin.get()
    if origin and origin.request.method == "HEAD":
        return
    user = actor if isinstance(actor, User) else _user_of(origin) if actor_name is None else None
    if actor_name is None:
        actor_name = name_of(user) if user else "" if origin else _system_user()
    concerned = {account.pk: account for account in accounts}
    entry = AuditEntry.objects.create(
        happened_at=timezone.now(),
        actor=user,
        actor_name=in_one_line(actor_name)[:150],
        member=member,
        by=AuditEntry.By.PAGE if origin else AuditEntry.By.COMMAND,
        action=action,
        subject=in_one_line(subject)[:200],
        address=origin.address if origin else None,
        details=dict(details or {}),
        account_names={str(pk): in_one_line(account.name) for pk, account in concerned.items()},
    )
    link = AuditEntry.accounts.through
    link._base_manager.bulk_create(
        link(auditentry=entry, officialaccount=account) for account in concerned.values()
    )


def record_run(action: AuditEntry.Action, run: Run, *, actor: Any = None, **details: Any) -> None:
    """A deed to a sync or a change; details hold its kind and number."""
    facts = {"kind": type(run)._meta.model_name, "run": run.pk, **details}
    account = run.account
    record(action, actor=actor, subject=account.name, accounts=[account], details=facts)


def record_figures(
    figures: str,
    accounts: Iterable[OfficialAccount],
    days: tuple[date, date] | None,
    *,
    of: str = "",
) -> None:
    """A file of figures, by their key, of the days from the first to the last.

    of: the segment that they are of, where they are not of everybody.
    """
    concerned = list(accounts)
    details: dict[str, Any] = {"figures": figures, "days": [str(it) for it in days or ()]}
    if of:
        details["segment"] = of
    subject = concerned[0].name if len(concerned) == 1 else ""
    record(Action.EXPORTED, subject=subject, accounts=concerned, details=details)


def is_on_page() -> bool:
    """Whether somebody at a browser does what is done now."""
    return _origin.get() is not None


def name_of(user: User) -> str:
    """The full name and the one to sign in with, as they are now."""
    name = user.get_full_name()
    return f"{name} ({user.get_username()})" if name else user.get_username()


def in_one_line(text: str) -> str:
    """Without characters that end a line, move the cursor, or that databases refuse."""
    return "".join(it for it in " ".join(text.split()) if it.isprintable())


def _user_of(origin: Origin | None) -> User | None:
    user = getattr(origin.request, "user", None) if origin else None
    return user if user is not None and user.is_authenticated else None


def _system_user() -> str:
    """Of the process, not what its environment says: that anybody can set."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name if pwd else getpass.getuser()
    except (OSError, KeyError, ImportError):
        # A container's user may have no name.
        return ""
