"""Changes of followers: in bulk from the list, or from a follower's page.

A bulk change has a confirmation page; nothing is recorded before it is submitted.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.accounts.access import Rights
from followers.changes.access import may_make
from followers.changes.change import Action, ChangeKind, ChangeRefused, actions, kind_of, kinds
from followers.changes.follower_kinds import NOTE_LENGTH
from followers.changes.reasons import skip_reason_text
from followers.models import Follower, OfficialAccount
from followers.wechat.limits import MAX_REMARK_BYTES

from ..changes import words as change_words
from ..changes.follower_changes import ChangeEntry
from ..changes.idempotency import new_nonce
from ..changes.note_history import MAX_NOTES, written_notes
from ..changes.start import ACTION_PREFIX, clean_text, has_active_changes
from ..changes.started import back_to_list, started_context
from ..shared import labels
from ..shared.chosen_account import chosen_account
from ..shared.disclosure import EVERYTHING
from ..shared.endpoints import post_only
from ..shared.model_admin import OwnObjectsAdmin
from .confirmation import account_for, describe_selection, form_context
from .paginator import CappedPaginator
from .requested import Requested, RequestedTags, parse_request
from .tag_form import TICKED, assignable_tags, new_tag_context, parse_ticked, tag_boxes

TEMPLATE = "admin/followers/follower/edit.html"
CHOOSE_ACCOUNT = gettext_lazy(
    "Tags, remarks and the blacklist belong to one account: choose an account first, top left."
)
TAGS_LABEL = gettext_lazy("Add or remove tags")
# What a follower's page can ask for, and the kind of change that must be permitted: tags are added
# and removed by one form.
TAGS = "tags"
ONE_ACTIONS: dict[str, str] = {
    TAGS: Action.TAG,
    **{kind.action: kind.action for kind in kinds(for_tags=False) if kind.subject != "tag"},
}


def bulk_actions(request: HttpRequest) -> dict[str, Any]:
    """The bulk changes that the user may make, in the form of `ModelAdmin.get_actions`."""
    return {
        (name := f"{ACTION_PREFIX}{kind.action}"): (
            partial(change_in_bulk, kind=kind),
            name,
            _bulk_label(kind),
        )
        for kind in _bulk_kinds(request, chosen_account(request))
    }


def require_bulk_permission(request: HttpRequest) -> None:
    """Raises PermissionDenied for an action that the user may not run.

    Django would only say that no action was selected.
    """
    prefix, _prefix, what = request.POST.get("action", "").partition(ACTION_PREFIX)
    if not prefix and what in actions(for_tags=False) and not may_make(request.user, what):
        raise PermissionDenied


def change_in_bulk(
    model_admin: OwnObjectsAdmin,
    request: HttpRequest,
    queryset: QuerySet[Follower],
    kind: ChangeKind,
) -> HttpResponseBase | None:
    """The confirmation page; with step=start, record the change."""
    if queryset.query.is_empty():
        text = _("Nothing was changed: the filter could not be understood.")
        messages.error(request, text)
        return None
    followers = queryset.select_related(None).order_by()
    account = account_for(request, followers)
    if account is None:
        messages.error(request, str(CHOOSE_ACCOUNT))
        return None
    if not may_make(request.user, kind.action, account):
        raise PermissionDenied
    if not followers.exists():
        messages.error(request, _("Nothing was changed: no follower is selected."))
        return None
    number = CappedPaginator(followers.order_by("-pk"), 1)
    shown = {**_context(request, account, kind, number), **form_context(request, account, kind)}
    step = request.POST.get("step", "")
    if not step and kind.subject:
        # First the tags or the text are chosen; for that the followers need only be counted.
        return model_admin.answer(request, TEMPLATE, shown)
    try:
        asked = parse_request(request, account, kind)
    except ChangeRefused as refusal:
        return model_admin.answer(request, TEMPLATE, {**shown, "problem": str(refusal)})
    if step == "start":
        return back_to_list(request, asked.start(request, followers, describe_selection(request)))
    waiting = has_active_changes(account)
    plan = asked.plan_context(followers, waiting=waiting)
    selected, _label = plan["tiles"][0]
    plan_shown = {
        # A list may have been counted up to a limit; the plan has looked at everybody.
        "title": kind.format_heading(number.count, selected),
        "plan": plan,
        "busy": waiting,
        "nonce": new_nonce(),
        "what_changes": asked.title,
        "fields": asked.fields,
    }
    return model_admin.answer(request, TEMPLATE, {**shown, **plan_shown})


def _context(
    request: HttpRequest, account: OfficialAccount, kind: ChangeKind, number: CappedPaginator
) -> dict[str, Any]:
    return {
        "title": kind.format_heading(number.count, number.count_text),
        "account": account,
        "what": kind.action,
        "selection": describe_selection(request),
        "rights": Rights(request.user, account),
        "back": request.get_full_path(),
    }


@post_only("change_followers")
def change_one(
    model_admin: OwnObjectsAdmin, request: HttpRequest, follower: Any
) -> HttpResponseBase:
    what = request.POST.get("action", "")
    if what not in ONE_ACTIONS or not may_make(request.user, ONE_ACTIONS[what], follower.account):
        raise PermissionDenied
    back = HttpResponseRedirect(reverse("admin:followers_follower_change", args=[follower.pk]))
    try:
        asked = _asked_of_one(request, follower, what)
    except ChangeRefused as refusal:
        messages.error(request, str(refusal))
        return back
    if asked is None:
        return back
    followers = Follower.objects.filter(pk=follower.pk)
    found = asked.plan(followers)
    # An active change may alter the follower before this one runs.
    if not found.will_change and not has_active_changes(follower.account):
        reasons = _(", ").join(str(skip_reason_text(reason)) for reason in found.skipped)
        text = _("Nothing was changed: %(reason)s.") % {"reason": reasons}
        messages.warning(request, text)
        return back
    asked.start(request, followers, follower.openid)
    return back


def _asked_of_one(request: HttpRequest, follower: Any, what: str) -> Requested | None:
    """None, with a message, where the form asks for what is so already. Raises ChangeRefused."""
    account = follower.account
    if what == TAGS:
        wanted = parse_ticked(request, account)
        if not wanted.of_followers:
            messages.info(request, _("Nothing was changed: the tags are the same."))
            return None
        wanted.check(account)
        return RequestedTags(account, wanted)
    kind = kind_of(what)
    if kind.subject == "text" and clean_text(request.POST.get("text", "")) == getattr(
        follower, what
    ):
        messages.info(request, _("Nothing was changed: the text is the same."))
        return None
    return parse_request(request, account, kind)


def bulk_buttons_context(request: HttpRequest) -> dict[str, Any]:
    """The buttons above the list, or the message that an account has to be chosen first."""
    account = chosen_account(request)
    mine = _bulk_kinds(request, account)
    if not mine:
        return {}
    started = started_context(request)
    if account is None:
        return {"choose_account": CHOOSE_ACCOUNT, **started}
    buttons = [(f"{ACTION_PREFIX}{kind.action}", _bulk_label(kind)) for kind in mine]
    return {"bulk": buttons, **started}


def _bulk_kinds(request: HttpRequest, account: int | None) -> list[ChangeKind]:
    """Tags are removed on the page where they are added, in the same change."""
    mine = (kind for kind in kinds(for_tags=False) if kind.action != Action.UNTAG)
    return [kind for kind in mine if may_make(request.user, kind.action, account)]


def _bulk_label(kind: ChangeKind) -> str:
    return str(TAGS_LABEL if kind.subject == "tag" else kind.label)


def change_form_context(request: HttpRequest, follower: Any) -> dict[str, Any]:
    """Context of the forms on a follower's page."""
    account = follower.account
    had = [str(tag.pk) for tag in follower.shown_tags]
    may = {kind.action for kind in _bulk_kinds(request, account.pk)}
    may_tag = Action.TAG in may and follower.subscribed
    tags = assignable_tags(account) if may_tag else []
    return {
        "may_tag": may_tag,
        "may_remark": Action.REMARK in may and follower.subscribed,
        "may_note": Action.NOTE in may,
        "may_block": Action.BLOCK in may,
        "own_tags": [(tag, labels.tag_label(tag)) for tag in follower.shown_tags],
        "tag_boxes": tag_boxes(sorted(tags, key=lambda tag: str(tag.pk) not in had), TICKED, had),
        "limit": MAX_REMARK_BYTES,
        "note_length": NOTE_LENGTH,
        "nonce": new_nonce(),
        **(new_tag_context(request.user, account, QueryDict(), tags) if may_tag else {}),
    }


def active_changes(changed: Iterable[ChangeEntry]) -> list[dict[str, Any]]:
    """Cards with live bars for the changes that are not done yet."""
    runs = {touch.run.pk: touch.run for touch in changed if touch.run.is_active}
    return [change_words.card(run, EVERYTHING) for run in runs.values()]


def note_context(request: HttpRequest, follower: Any) -> dict[str, Any]:
    """The internal note and those before it; with `notes=all` in the address, all of them."""
    notes, more = written_notes(follower, None if request.GET.get("notes") == "all" else MAX_NOTES)
    if notes and notes[0].text != follower.note and notes[0].before == follower.note:
        # Written after the follower was read, whose page still has the note before.
        notes.pop(0)
    # Of the present one, who wrote it; it is known unless a change of it was lost.
    present = notes.pop(0) if notes and notes[0].text == follower.note else None
    return {
        "note_now": present,
        "earlier_notes": notes,
        "earlier_number": len(notes) + more,
        "more_notes": more,
    }
