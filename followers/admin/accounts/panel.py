"""The panel above an account's form: followers, latest run, calls, choice of stages."""

from datetime import datetime
from math import ceil
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from followers.accounts import usage
from followers.accounts.access import Rights
from followers.formats import format_datetime
from followers.models import OfficialAccount, SyncRun, SyncStage

from ..runs import words as run_words
from ..runs.stages import outstanding_line
from ..shared.account_stats import follower_counts, latest_runs
from ..shared.disclosure import Disclosure, disclosure, explained
from ..shared.formats import followers_label, format_number
from ..shared.urls import follower_list_url
from . import quota
from .buttons import secret_problem
from .quota import quota_line
from .schedule import schedule_context


def panel_context(request: HttpRequest, account: OfficialAccount) -> dict[str, Any]:
    """Context of panel.html."""
    rights = Rights(request.user, account)
    runs = latest_runs([account])
    run = runs.get(account.pk)
    count = follower_counts([account], runs)[account.pk]
    calls = usage.calls_today(account)
    listing = calls.quotas[usage.LISTING_PATH]
    return {
        **schedule_context(account, run),
        "account": account,
        "secret_trouble": secret_problem(account, _missing_secret(rights)),
        "follower_count": format_number(count),
        "people": followers_label(count),
        "rights": rights,
        "followers_url": follower_list_url(account) if rights["view_follower"] else "",
        "run": run_words.sync_card(run) if run else None,
        "remarks": unfinished_lines(run, disclosure(request)) if run and not run.is_active else [],
        "recount_lines": recount_lines(account),
        "stage_choices": SyncStage.Name.choices,
        "refresh_calls": format_number(ceil(count / settings.DETAILS_BATCH)) if count else "",
        "forecast": quota.listing_warning(listing, max(count, run.total if run else 0)),
        "quota_line": quota_line(listing),
        "quota_rows": quota.quota_rows(calls),
    }


def recount_lines(account: OfficialAccount) -> list[str]:
    """What the last recount of the figures found different, and corrected."""
    found = account.statistics_problem
    if not found:
        return []
    at = format_datetime(datetime.fromisoformat(found["at"]))
    lines = []
    if found["days"]:
        text = _("%(at)s: %(number)s rows of daily figures differed from a recount.")
        lines.append(text % {"at": at, "number": format_number(found["days"])})
    if found["counted"] is not None:
        text = _("%(at)s: %(kept)s followers were kept, and %(counted)s counted.")
        numbers = {name: format_number(found[name]) for name in ("kept", "counted")}
        lines.append(text % {"at": at, **numbers})
    if found.get("by_clock"):
        lines.append(
            _(
                "The server's clock was wrong when followers were synced. Times and figures have "
                "been corrected as far as possible; have its time set by NTP."
            )
        )
    else:
        lines.append(
            _("This has been corrected. If it happens again, report it with the log of that time.")
        )
    return lines


def _missing_secret(rights: Rights) -> str:
    if rights["change_officialaccount"]:
        return _("The AppSecret is missing. Enter it below under “Interface”, and save.")
    return _("The AppSecret is missing, so nothing can be synced.")


def unfinished_lines(run: SyncRun, shown: Disclosure) -> list[str]:
    """What the latest run left unfinished, one sentence a stage."""
    stages = list(run.stages.all())
    details = next((row for row in stages if row.name == SyncStage.Name.DETAILS), None)
    found = [
        f"{row.get_name_display()}{_(': ')}{explained(row, shown).meaning}"
        for row in stages
        if row.reason
    ]
    return [text for text in [*found, outstanding_line(run, details)] if text]
