"""The first page: what needs attention, the accounts, the latest syncs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from followers.accounts import usage
from followers.accounts.access import accounts_of, has_perm
from followers.changes.step_queries import attach_steps
from followers.models import EditRun, OfficialAccount, SyncRun, SyncStage
from followers.runs.messages import describe

from ..accounts.buttons import secret_problem
from ..changes import words as change_words
from ..runs import stages as run_stages
from ..runs import words as run_words
from ..shared.account_stats import follower_counts, latest_runs
from ..shared.disclosure import disclosure
from ..shared.formats import followers_label, format_number, format_until, natural_datetime
from ..shared.navigation import accounts_with_failed_sync, may_view_any, runs_in_review
from ..shared.urls import account_url, current_followers_url, run_url, sync_url

# More would not be read at a glance; the account list has all.
CARD_LIMIT = 24
RUN_LIMIT = 8
FAILED_SHOWN = timedelta(days=7)
# Stages that report followers left for the next sync.
LEAVES_OVER = (SyncStage.Name.LISTING, SyncStage.Name.DETAILS)


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


def dashboard_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """DASHBOARD_CALLBACK: the context of admin/index.html, in a fixed number of queries."""
    mine = accounts_of(request.user)
    accounts = list(mine[:CARD_LIMIT])
    user = request.user
    sees_accounts, sees_runs = (
        has_perm(user, "view_officialaccount"),
        has_perm(user, "view_syncrun"),
    )
    cards = accounts if sees_accounts else []
    runs = latest_runs(accounts) if sees_runs else {}
    counts = follower_counts(cards, runs)
    number = mine.count() if len(cards) == CARD_LIMIT else len(cards)
    latest = SyncRun.objects.filter(account__in=mine if sees_runs else [])
    latest = latest.select_related("account", "requested_by")
    return {
        **context,
        "title": _("Home"),
        "attention": attention_entries(request, mine, accounts, runs),
        "accounts": [_card(account, runs.get(account.pk), counts) for account in cards],
        "sees_runs": sees_runs,
        "account_total": number,
        "more_accounts": max(0, number - len(cards)),
        "follower_total": format_number(sum(counts.values())),
        "latest": [_line(run) for run in latest[:RUN_LIMIT]],
        "sandbox_url": settings.SANDBOX_URL,
    }


def attention_entries(
    request: HttpRequest,
    mine: Any,
    accounts: list[OfficialAccount],
    runs: dict[int, SyncRun],
) -> list[Entry]:
    """One entry for each thing to do, with the button that does it."""
    if not accounts:
        return [_first_account(request)]
    if not may_view_any(request.user):
        return [_no_permission()]
    keyless = {account.pk: account for account in accounts if not account.app_secret}
    decides = has_perm(request.user, "sync_officialaccount")
    entries = [
        *(
            _sync_entries(mine, keyless, decides=decides)
            if has_perm(request.user, "view_syncrun")
            else []
        ),
        *(
            map(_no_secret, keyless.values())
            if has_perm(request.user, "view_officialaccount")
            else []
        ),
    ]
    if not has_perm(request.user, "change_officialaccount"):
        for entry in entries:
            entry.button = "" if entry.keys else entry.button
    waiting = (run for run in runs.values() if run.status == SyncRun.Status.WAITING)
    entries += map(_waiting, waiting)
    return [*entries, *_change_entries(request, mine), *_unfinished_work(runs.values())]


def _sync_entries(mine: Any, keyless: dict[int, OfficialAccount], *, decides: bool) -> list[Entry]:
    """Syncs in review and failed syncs; adds failed accounts without a secret to `keyless`."""
    doubtful = runs_in_review(mine).select_related("account")[:CARD_LIMIT]
    entries = [_review(run, decides=decides) for run in doubtful]
    failed = list(accounts_with_failed_sync(mine)[:CARD_LIMIT])
    failed_runs = latest_runs(failed)
    keyless |= {account.pk: account for account in failed if not account.app_secret}
    broken = [run for pk, run in failed_runs.items() if pk not in keyless]
    return [*entries, *(_failed(run, decides=decides) for run in broken)]


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


def _review(run: SyncRun, *, decides: bool) -> Entry:
    explanation = describe(run)
    return Entry(
        "warning",
        "help",
        explanation.meaning or _("The result of the sync looks wrong and waits for you to decide."),
        advice=explanation.advice if decides else "",
        title=run.account.name,
        button=_("Look and decide") if decides else _("View the sync"),
        url=run_url(run),
    )


def _failed(run: SyncRun, *, decides: bool) -> Entry:
    explanation = describe(run)
    keys = run_words.needs_credentials(run)
    return Entry(
        "danger",
        "error",
        explanation.meaning or _("The last sync failed."),
        advice=explanation.advice if decides else "",
        title=run.account.name,
        keys=keys,
        button=_("Check AppID and AppSecret") if keys else _("Sync again"),
        url=account_url(run.account) if keys else sync_url(run.account),
        post=not keys,
    )


def _no_secret(account: OfficialAccount) -> Entry:
    return Entry(
        "warning",
        "key",
        secret_problem(account, _("The AppSecret is missing, so nothing can be synced.")),
        title=account.name,
        button=_("Enter the AppSecret"),
        keys=True,
        url=account_url(account),
    )


def _waiting(run: SyncRun) -> Entry:
    return Entry(
        "warning",
        "hourglass_top",
        describe(run).meaning or _("The sync waits."),
        advice=_("It goes on by itself at %(time)s.") % {"time": format_until(run.resume_at)}
        if run.resume_at
        else "",
        title=run.account.name,
        button=_("Retry now"),
        url=reverse("admin:followers_syncrun_retry", args=[run.pk]),
        post=True,
    )


def _change_entries(request: HttpRequest, mine: Any) -> list[Entry]:
    """Waiting changes, and changes that failed for some or all followers."""
    if not has_perm(request.user, "view_editrun"):
        return []
    waiting = Q(status=EditRun.Status.WAITING)
    # For some days, unless it was retried or undone.
    failed = Q(status=EditRun.Status.FAILED) | Q(status=EditRun.Status.SUCCEEDED, failed__gt=0)
    recent = Q(finished_at__gte=timezone.now() - FAILED_SHOWN, retried_by=None, undone_by=None)
    runs = EditRun.objects.filter(waiting | (failed & recent), account__in=mine)
    runs = runs.select_related("account")
    shown = attach_steps(runs.order_by("-pk")[:CARD_LIMIT])
    return [_change_entry(run, change_words.run_title(run, disclosure(request))) for run in shown]


def _change_entry(run: EditRun, what: str) -> Entry:
    waits = run.status == EditRun.Status.WAITING
    explanation = describe(run)
    goes_on = _("It goes on by itself at %(time)s.") % {"time": format_until(run.resume_at)}
    return Entry(
        "warning" if waits or run.is_partial else "danger",
        "hourglass_top" if waits else "error",
        explanation.meaning or str(run.get_status_display()),
        advice=goes_on if waits and run.resume_at else explanation.advice,
        title=f"{run.account.name} · {what}",
        button=_("View the change"),
        url=run_url(run),
        plain=waits,
    )


def _unfinished_work(runs: Iterable[SyncRun]) -> list[Entry]:
    """What the latest successful runs left unfinished, in one query."""
    done = {run.pk: run for run in runs if run.status == SyncRun.Status.SUCCEEDED}
    rows = SyncStage.objects.filter(run__in=done, name__in=LEAVES_OVER).order_by("-run", "position")
    return [entry for row in rows for entry in _unfinished_entries(done[row.run_id], row)]


def _unfinished_entries(run: SyncRun, stage: SyncStage) -> list[Entry]:
    if stage.name == SyncStage.Name.LISTING:
        sentence, useless = run_stages.unconfirmed_line(stage), False
    else:
        # Today's calls are used up: a sync before tomorrow would do nothing.
        sentence = run_stages.outstanding_line(run, stage)
        useless = run.finished_at is not None and usage.is_today(run.finished_at)
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
    return [entry] if sentence else []


def _card(account: OfficialAccount, run: SyncRun | None, counts: dict[int, int]) -> dict[str, Any]:
    return {
        "name": account.name,
        "url": account_url(account),
        "followers": format_number(counts[account.pk]),
        "followers_label": followers_label(counts[account.pk]),
        "followers_url": current_followers_url(account),
        "sync_url": sync_url(account) if account.app_secret else "",
        "run": run_words.sync_card(run) if run else None,
    }


def _line(run: SyncRun) -> dict[str, Any]:
    return {
        **run_words.sync_card(run),
        "account": run.account.name,
        "number": str(run),
        "by": run.requested_by,
        "created": natural_datetime(run.created_at),
        "took": run_words.duration(run),
    }
