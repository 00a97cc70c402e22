"""What needs attention: a card for each condition, with the button that does something about it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter
from typing import cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from followers.accounts import usage
from followers.accounts.access import has_perm
from followers.changes.step_queries import attach_steps
from followers.conditions.condition import Condition, Kind
from followers.conditions.words import explain_condition
from followers.models import EditRun, OfficialAccount, SyncRun, SyncStage
from followers.runs.messages import describe

from ..accounts.buttons import secret_problem
from ..changes import words as change_words
from ..runs import stages as run_stages
from ..runs import words as run_words
from ..shared.disclosure import disclosure
from ..shared.formats import format_until
from ..shared.navigation import may_view_any, visible_conditions
from ..shared.urls import account_url, run_url, sync_url

# More of one kind would not be read at a glance.
LIMIT = 24


@dataclass
class Entry:
    """One thing to do. keys: its button leads to the account's AppSecret."""

    colour: str
    icon: str
    sentence: str
    title: str
    advice: str = ""
    button: str = ""
    url: str = ""
    post: bool = False
    plain: bool = False
    keys: bool = False


def attention_entries(request: HttpRequest, mine: Sequence[OfficialAccount]) -> list[Entry]:
    """One entry for each thing to do."""
    if not mine:
        return [_first_account(request)]
    if not may_view_any(request.user):
        return [_no_permission()]
    found = visible_conditions(request)
    shown = [condition for condition in found if not condition.is_being_retried]
    few = [it for _kind, same in groupby(shown, attrgetter("kind")) for it in islice(same, LIMIT)]
    entries = [entry for condition in _once(few) if (entry := _entry(request, condition))]
    if not has_perm(request.user, "change_officialaccount"):
        for entry in entries:
            entry.button = "" if entry.keys else entry.button
    return entries


def _once(found: list[Condition]) -> Iterable[Condition]:
    """A sync that failed because there is no AppSecret is the same thing to do."""
    keyless = {it.account for it in found if it.kind == Kind.NO_SECRET}
    changes = [it.run for it in found if isinstance(it.run, EditRun)]
    attach_steps(changes)
    return (it for it in found if it.kind != Kind.SYNC_FAILED or it.account not in keyless)


def _entry(request: HttpRequest, condition: Condition) -> Entry | None:
    return ENTRIES[condition.kind](request, condition)


def _first_account(request: HttpRequest) -> Entry:
    if has_perm(request.user, "add_officialaccount"):
        return Entry(
            "info",
            "waving_hand",
            _("Add your first Official Account: you need its AppID and AppSecret."),
            title=_("Welcome"),
            button=_("Add an account"),
            url=reverse("admin:followers_officialaccount_add"),
        )
    return Entry(
        "info",
        "waving_hand",
        _("You do not belong to an Official Account yet. Ask an administrator to add you."),
        title=_("Welcome"),
    )


def _no_permission() -> Entry:
    return Entry(
        "info",
        "lock",
        _("You have no permission to see anything here yet. Ask an administrator for one."),
        title=_("Welcome"),
    )


def _no_worker(request: HttpRequest, condition: Condition) -> Entry:
    found = explain_condition(condition)
    return Entry("danger", "power_off", found.meaning, _("No worker is running"), found.advice)


def _review(request: HttpRequest, condition: Condition) -> Entry:
    run, found = _sync_of(condition), explain_condition(condition)
    decides = _decides(request)
    return Entry(
        "warning",
        "help",
        found.meaning,
        advice=found.advice if decides else "",
        title=run.account.name,
        button=_("Look and decide") if decides else _("View the sync"),
        url=run_url(run),
    )


def _failed(request: HttpRequest, condition: Condition) -> Entry:
    run, found = _sync_of(condition), explain_condition(condition)
    keys = run_words.needs_credentials(run)
    return Entry(
        "danger",
        "error",
        found.meaning,
        advice=found.advice if _decides(request) else "",
        title=run.account.name,
        keys=keys,
        button=_("Check AppID and AppSecret") if keys else _("Sync again"),
        url=account_url(run.account) if keys else sync_url(run.account),
        post=not keys,
    )


def _no_secret(request: HttpRequest, condition: Condition) -> Entry:
    account = _account_of(condition)
    return Entry(
        "warning",
        "key",
        secret_problem(account, _("The AppSecret is missing, so nothing can be synced.")),
        title=account.name,
        button=_("Enter the AppSecret"),
        keys=True,
        url=account_url(account),
    )


def _dropped(request: HttpRequest, condition: Condition) -> Entry:
    account, found = _account_of(condition), explain_condition(condition)
    return Entry("warning", "trending_down", found.meaning, account.name, found.advice)


def _waiting(request: HttpRequest, condition: Condition) -> Entry:
    run = _sync_of(condition)
    return Entry(
        "warning",
        "hourglass_top",
        explain_condition(condition).meaning,
        advice=_goes_on(run),
        title=run.account.name,
        button=_("Retry now"),
        url=reverse("admin:followers_syncrun_retry", args=[run.pk]),
        post=True,
    )


def _quota(request: HttpRequest, condition: Condition) -> Entry:
    account, found = _account_of(condition), explain_condition(condition)
    return Entry(
        "warning",
        "speed",
        found.meaning,
        account.name,
        found.advice,
        button=_("View the account"),
        url=account_url(account),
        plain=True,
    )


def _change(request: HttpRequest, condition: Condition) -> Entry:
    run = cast("EditRun", condition.run)
    what = change_words.run_title(run, disclosure(request))
    waits = run.status == EditRun.Status.WAITING
    explanation = describe(run)
    return Entry(
        "warning" if waits or run.is_partial else "danger",
        "hourglass_top" if waits else "error",
        explanation.meaning or str(run.get_status_display()),
        advice=_goes_on(run) if waits and run.resume_at else explanation.advice,
        title=f"{run.account.name} · {what}",
        button=_("View the change"),
        url=run_url(run),
        plain=waits,
    )


def _goes_on(run: SyncRun | EditRun) -> str:
    text = _("It goes on by itself at %(time)s.")
    return text % {"time": format_until(run.resume_at)} if run.resume_at else ""


def _incomplete(request: HttpRequest, condition: Condition) -> Entry | None:
    run, stage = _sync_of(condition), cast("SyncStage", condition.stage)
    if stage.name == SyncStage.Name.LISTING:
        sentence, useless = run_stages.unconfirmed_line(stage), False
    else:
        # Today's calls are used up: a sync before tomorrow would do nothing.
        sentence = run_stages.outstanding_line(run, stage)
        ended_today = run.finished_at is not None and usage.is_today(run.finished_at)
        useless = ended_today and stage.reason != "hours_over"
    entry = Entry(
        "info",
        "schedule",
        sentence,
        title=run.account.name,
        button=_("View the sync") if useless else _("Sync followers"),
        url=run_url(run) if useless else sync_url(run.account),
        post=not useless,
        plain=True,
    )
    return entry if sentence else None


def _decides(request: HttpRequest) -> bool:
    return has_perm(request.user, "sync_officialaccount")


def _sync_of(condition: Condition) -> SyncRun:
    return cast("SyncRun", condition.run)


def _account_of(condition: Condition) -> OfficialAccount:
    return cast("OfficialAccount", condition.account)


ENTRIES: dict[Kind, Callable[[HttpRequest, Condition], Entry | None]] = {
    Kind.NO_WORKER: _no_worker,
    Kind.SYNC_REVIEW: _review,
    Kind.SYNC_FAILED: _failed,
    Kind.NO_SECRET: _no_secret,
    Kind.FOLLOWERS_DROPPED: _dropped,
    Kind.SYNC_WAITING: _waiting,
    Kind.QUOTA_LOW: _quota,
    Kind.CHANGE: _change,
    Kind.SYNC_INCOMPLETE: _incomplete,
}
