"""What every page that begins a change needs: its name as an action, its cost, its record."""

from datetime import timedelta

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followers.changes.change import Change
from followers.changes.plan import Plan
from followers.changes.record import record
from followers.models import EditRun, Follower, OfficialAccount

from ..shared.formats import format_duration, format_number
from .idempotency import record_once

# How the list's actions are called; the last word is what they do.
ACTION_PREFIX = "edit_"


def clean_text(text: str) -> str:
    """A text as it is stored: without blanks around it and the carriage returns of forms."""
    return text.replace("\r\n", "\n").strip()


def has_active_changes(account: OfficialAccount) -> bool:
    """Whether earlier changes of the account are still under way."""
    return EditRun.objects.filter(account=account, status__in=EditRun.ACTIVE).exists()


def cost_lines(found: Plan) -> list[str]:
    """Calls, time and quota, a sentence each; none where there is nothing to send."""
    if not found.will_change:
        return []
    if not found.calls:
        return [_("No call to WeChat is needed: internal notes never leave wxadmin.")]
    lines = [calls_sentence(found.calls, found.seconds)]
    if found.quota is not None:
        facts = {
            "left": format_number(found.quota.left),
            "limit": format_number(found.quota.limit),
        }
        lines.append(_("Calls left today: %(left)s of %(limit)s.") % facts)
    return lines


def calls_sentence(calls: int, seconds: float) -> str:
    text = ngettext("%(calls)s call to WeChat", "%(calls)s calls to WeChat", calls)
    return _("%(calls)s, about %(time)s.") % {
        "calls": text % {"calls": format_number(calls)},
        "time": format_duration(timedelta(seconds=max(seconds, 1))),
    }


def start_change(
    request: HttpRequest,
    account: OfficialAccount,
    people: QuerySet[Follower] | None,
    change: Change,
    meant: str,
) -> EditRun:
    """Record the change, once however often the button was pressed."""
    return record_once(
        request,
        account,
        lambda: record(account, people, change, user=request.user, selection=meant),
    )
