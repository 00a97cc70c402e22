"""The first page: what needs attention, the accounts, the latest syncs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from followers.accounts.access import has_perm, load_accounts
from followers.models import OfficialAccount, SyncRun
from followers.runs.heartbeat import LiveWorker, live_workers
from followers.schedules.words import next_due

from ..runs import words as run_words
from ..shared.account_stats import follower_counts
from ..shared.formats import followers_label, format_number, natural_datetime
from ..shared.navigation import facts_of
from ..shared.urls import account_url, follower_list_url, sync_url
from .attention import attention_entries
from .growth import growth_context

# More would not be read at a glance; the account list has all.
CARD_LIMIT = 24
RUN_LIMIT = 8


def dashboard_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """DASHBOARD_CALLBACK: the context of admin/index.html, in a fixed number of queries."""
    user = request.user
    everything = load_accounts(user)
    facts = facts_of(request)
    growth = growth_context(request) if has_perm(user, "view_growth") else {}
    mine = growth["scope"].accounts if growth else everything
    accounts = mine[:CARD_LIMIT]
    sees_accounts, sees_runs = (
        has_perm(user, "view_officialaccount"),
        has_perm(user, "view_syncrun"),
    )
    cards = accounts if sees_accounts else []
    runs = facts.newest_syncs if sees_runs else {}
    counts = follower_counts(cards, runs)
    number = len(mine) if sees_accounts else 0
    latest = SyncRun.objects.filter(account__in=mine if sees_runs else [])
    latest = latest.select_related("account", "requested_by")
    return {
        **context,
        "title": _("Home"),
        # Of all accounts: what is urgent is not hidden by looking at another one.
        "attention": attention_entries(request, everything),
        **growth,
        "accounts": [_card(account, runs.get(account.pk), counts) for account in cards],
        "sees_runs": sees_runs,
        "account_total": number,
        "more_accounts": max(0, number - len(cards)),
        "follower_total": format_number(sum(counts.values())),
        "latest": [_line(run) for run in latest[:RUN_LIMIT]],
        # Whoever runs this system sees what its workers do.
        "workers": [_worker(found) for found in live_workers(facts.workers)]
        if user.is_superuser
        else [],
        "sandbox_url": settings.SANDBOX_URL,
    }


def _card(
    account: OfficialAccount,
    run: SyncRun | None,
    counts: dict[int, int],
) -> dict[str, Any]:
    return {
        "name": account.name,
        "url": account_url(account),
        "followers": format_number(counts[account.pk]),
        "followers_label": followers_label(counts[account.pk]),
        "followers_url": follower_list_url(account),
        "sync_url": sync_url(account) if account.app_secret else "",
        "run": run_words.sync_card(run) if run else None,
        "next_due": next_due(getattr(account, "schedule", None)),
    }


def _line(run: SyncRun) -> dict[str, Any]:
    return {
        **run_words.sync_card(run),
        "account": run.account.name,
        "number": str(run),
        "by": run_words.started_by(run),
        "created": natural_datetime(run.created_at),
        "took": run_words.duration(run),
    }


def _worker(found: LiveWorker) -> dict[str, Any]:
    does = [
        _("%(kind)s %(run)s of %(account)s")
        % {"kind": run._meta.verbose_name, "run": run, "account": run.account.name}
        for run in found.runs
    ]
    return {
        "name": found.worker.name,
        "version": found.worker.version,
        "since": natural_datetime(found.worker.started_at),
        "does": _(", ").join(does) or _("waits for work"),
    }
