"""The first page: what needs attention, the accounts, the latest syncs."""

from operator import attrgetter
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from followers.accounts.access import has_perm, load_accounts
from followers.conditions.facts import Facts
from followers.models import OfficialAccount, SyncRun
from followers.runs.heartbeat import LiveWorker, live_workers
from followers.schedules.words import next_due

from ..runs import words as run_words
from ..shared.account_stats import follower_counts
from ..shared.formats import followers_label, format_number, natural_datetime
from ..shared.navigation import SHOWN_SYNCS, facts_of, shown_accounts
from ..shared.urls import account_url, follower_list_url, sync_url
from .attention import attention_entries
from .growth import growth_context

# More would not be read at a glance; the account list has all.
CARD_LIMIT = 24


def dashboard_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """DASHBOARD_CALLBACK: the context of admin/index.html, in a fixed number of queries."""
    user = request.user
    everything = load_accounts(user)
    facts = facts_of(request)
    growth = growth_context(request) if has_perm(user, "view_growth") else {}
    mine = shown_accounts(request)
    accounts = mine[:CARD_LIMIT]
    sees_accounts, sees_runs = (
        has_perm(user, "view_officialaccount"),
        has_perm(user, "view_syncrun"),
    )
    cards = accounts if sees_accounts else []
    runs = facts.newest_syncs if sees_runs else {}
    counts = follower_counts(cards, runs)
    number = len(mine) if sees_accounts else 0
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
        "latest": [_line(run) for run in _latest(facts, mine)] if sees_runs else [],
        # Whoever runs this system sees what its workers do.
        "workers": _workers(facts) if user.is_superuser else [],
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


def _latest(facts: Facts, accounts: list[OfficialAccount]) -> list[SyncRun]:
    """Of these accounts, the latest first."""
    keys = {account.pk for account in accounts}
    own = [run for run in facts.syncs if run.account_id in keys]
    return sorted(own, key=attrgetter("pk"), reverse=True)[:SHOWN_SYNCS]


def _workers(facts: Facts) -> list[dict[str, Any]]:
    runs = [*facts.syncs, *facts.changes]
    return [_worker(found) for found in live_workers(facts.workers, runs, facts.now)]


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
