"""What every page that begins a change needs: action names, costs, recording."""

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

# Action names of the list are this and the kind of change.
ACTION_PREFIX = "edit_"


def clean_text(text: str) -> str:
    """A text as it is stored: stripped, with line feeds only."""
    return text.replace("\r\n", "\n").strip()


def has_active_changes(account: OfficialAccount) -> bool:
    """Whether other changes of the account are active."""
    return EditRun.objects.filter(account=account, status__in=EditRun.ACTIVE).exists()


def cost_lines(found: Plan) -> list[str]:
    """Calls, time and quota, a sentence each; empty if nothing is sent."""
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
    followers: QuerySet[Follower] | None,
    change: Change,
    selection: str,
) -> EditRun:
    """Record the change; once, even if the form is sent twice."""
    return record_once(
        request,
        account,
        lambda: record(account, followers, change, user=request.user, selection=selection),
    )
