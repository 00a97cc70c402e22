"""The content of the confirmation page: selection, plan, costs, warnings."""

from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followers.changes.change import Action, Change, ChangeKind
from followers.changes.follower_kinds import NOTE_LENGTH
from followers.changes.plan import Plan
from followers.changes.reasons import skip_reason_text
from followers.models import Follower, OfficialAccount
from followers.segments.texts import printable_text
from followers.wechat.limits import MAX_REMARK_BYTES

from ..changes.start import ACTION_PREFIX, clean_text, cost_lines
from ..shared.chosen_account import only_account
from ..shared.formats import format_number
from .filters import query_of
from .paginator import CappedPaginator
from .selection import selects_all_matching, ticked_keys
from .tag_form import tag_form_context


def account_for(request: HttpRequest, followers: QuerySet[Follower]) -> OfficialAccount | None:
    """The list's account, or the one that all ticked followers have in common."""
    if (account := only_account(request)) or selects_all_matching(request):
        return account
    keys = list(followers.values_list("account_id", flat=True).distinct()[:2])
    return OfficialAccount.objects.get(pk=keys[0]) if len(keys) == 1 else None


def count_text(followers: QuerySet[Follower]) -> str:
    """The count as the list shows it: exact up to a limit."""
    return CappedPaginator(followers.order_by("-pk"), 1).count_text


def form_context(
    request: HttpRequest, account: OfficialAccount, kind: ChangeKind
) -> dict[str, Any]:
    """The form's fields, with the hidden ones that carry the selection."""
    everything = selects_all_matching(request)
    carried = [("action", f"{ACTION_PREFIX}{kind.action}"), ("index", "0")]
    carried.append(("select_across", "1" if everything else "0"))
    carried += [(ACTION_CHECKBOX_NAME, key) for key in ("0",) * everything or ticked_keys(request)]
    return {
        "carried": carried,
        "text": clean_text(request.POST.get("text", "")),
        "needs_tags": kind.subject == "tag",
        "needs_text": kind.subject == "text",
        "limit": MAX_REMARK_BYTES if kind.action == Action.REMARK else None,
        "note_length": NOTE_LENGTH,
        **(tag_form_context(request, account) if kind.subject == "tag" else {}),
    }


def describe_selection(request: HttpRequest) -> str:
    """The selection in words: how many were ticked, or the conditions of the list."""
    if not selects_all_matching(request):
        number = len(ticked_keys(request))
        text = ngettext("%(count)s ticked follower", "%(count)s ticked followers", number)
        return text % {"count": number}
    return " · ".join(query_of(request).words())


def plan_context(found: Plan, change: Change, *, waiting: bool) -> dict[str, Any]:
    """The plan in words and numbers; they may change if the run waits for an earlier one."""
    skipped = sum(found.skipped.values())
    return {
        "possible": found.will_change > 0 or (waiting and found.selected > 0),
        "number": format_number(found.selected if waiting else found.will_change),
        "tiles": [
            (format_number(found.selected), _("selected")),
            (format_number(found.will_change), _("will change")),
            (format_number(skipped), _("skipped")),
        ],
        "skipped": [
            (str(skip_reason_text(reason)), format_number(count))
            for reason, count in found.skipped.items()
            if count
        ],
        "overwritten": overwrite_warning(found, change),
        "examples": overwrite_examples(found, change),
        "more_examples": format_number(found.overwritten - len(found.examples)),
        "effort": cost_lines(found),
        "days": days_warning(found),
    }


def overwrite_warning(found: Plan, change: Change) -> str:
    """How many existing texts this replaces or removes; "" if none."""
    if not found.overwritten:
        return ""
    facts = {"number": format_number(found.overwritten)}
    return str(change.kind.overwrite_warnings[0 if change.text else 1]) % facts


def overwrite_examples(found: Plan, change: Change) -> list[dict[str, str]]:
    """Some of whose text is replaced: openid, remark, text before and after, "" for none.

    The remark is "" where it is itself the text.
    """
    is_remark = change.action == Action.REMARK
    return [
        {
            "openid": it.openid,
            "remark": "" if is_remark else printable_text(it.remark),
            "before": printable_text(it.before),
            "after": printable_text(change.text),
        }
        for it in found.examples
    ]


def days_warning(found: Plan) -> str:
    if found.days <= 1:
        return ""
    return _(
        "WeChat does not allow so many calls in one day: this takes about %(days)s days. It stops "
        "when the day's calls are used up, and goes on after midnight, Beijing time, by itself."
    ) % {"days": format_number(found.days)}
