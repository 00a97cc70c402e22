"""Changes of followers: in bulk from the list, or from a follower's page.

A bulk change has a confirmation page; nothing is recorded before it is submitted.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.accounts.access import Rights
from followers.changes.access import may_make
from followers.changes.change import ChangeKind, ChangeRefused, actions, kind_of, kinds
from followers.changes.follower_kinds import NOTE_LENGTH
from followers.changes.plan import check_change, make_plan
from followers.changes.reasons import skip_reason_text
from followers.models import Follower, OfficialAccount, Tag
from followers.wechat.limits import MAX_REMARK_BYTES

from ..changes import words as change_words
from ..changes.follower_changes import ChangeEntry
from ..changes.idempotency import new_nonce
from ..changes.start import ACTION_PREFIX, clean_text, has_active_changes, start_change
from ..shared import labels
from ..shared.chosen_account import chosen_account
from ..shared.disclosure import EVERYTHING
from ..shared.endpoints import post_only
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.urls import run_url
from .confirmation import (
    account_for,
    count_text,
    describe_selection,
    form_context,
    parse_change,
    plan_context,
)

TEMPLATE = "admin/followers/follower/edit.html"
CHOOSE_ACCOUNT = gettext_lazy(
    "Tags, remarks and the blacklist belong to one account: choose an account first, top left."
)


def bulk_actions(request: HttpRequest) -> dict[str, Any]:
    """The bulk changes that the user may make, in the form of `ModelAdmin.get_actions`."""
    return {
        (name := f"{ACTION_PREFIX}{kind.action}"): (
            partial(change_in_bulk, kind=kind),
            name,
            str(kind.label),
        )
        for kind in _own_kinds(request, chosen_account(request))
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
    shown = {**_context(request, account, kind), **form_context(request, account, kind)}
    step = request.POST.get("step", "")
    if not step and kind.subject:
        # First the tag or text is chosen; for that the followers need only be counted.
        return model_admin.answer(request, TEMPLATE, {**shown, "count": count_text(followers)})
    try:
        change = parse_change(request.POST, account, kind)
        check_change(account, change)
    except ChangeRefused as refusal:
        refused = {"count": count_text(followers), "problem": str(refusal)}
        return model_admin.answer(request, TEMPLATE, {**shown, **refused})
    if step == "start":
        selection = describe_selection(request)
        return HttpResponseRedirect(
            run_url(start_change(request, account, followers, change, selection))
        )
    found = make_plan(account, followers, change)
    waiting = has_active_changes(account)
    plan_words = plan_context(found, change, waiting=waiting)
    plan_shown = {"plan": plan_words, "busy": waiting, "nonce": new_nonce()}
    title = change_words.change_title(change)
    return model_admin.answer(request, TEMPLATE, {**shown, **plan_shown, "title": title})


def _context(request: HttpRequest, account: OfficialAccount, kind: ChangeKind) -> dict[str, Any]:
    return {
        "title": str(kind.label),
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
    if what not in actions(for_tags=False) or not may_make(request.user, what, follower.account_id):
        raise PermissionDenied
    kind = kind_of(what)
    back = HttpResponseRedirect(reverse("admin:followers_follower_change", args=[follower.pk]))
    text = clean_text(request.POST.get("text", ""))
    if kind.subject == "text" and text == getattr(follower, what):
        messages.info(request, _("Nothing was changed: the text is the same."))
        return back
    followers = Follower.objects.filter(pk=follower.pk)
    try:
        change = parse_change(request.POST, follower.account, kind)
        check_change(follower.account, change)
    except ChangeRefused as refusal:
        messages.error(request, str(refusal))
        return back
    found = make_plan(follower.account, followers, change)
    # An active change may alter the follower before this one runs.
    if not found.will_change and not has_active_changes(follower.account):
        reasons = _(", ").join(str(skip_reason_text(reason)) for reason in found.skipped)
        text = _("Nothing was changed: %(reason)s.") % {"reason": reasons}
        messages.warning(request, text)
        return back
    start_change(request, follower.account, followers, change, follower.openid)
    return back


def bulk_buttons_context(request: HttpRequest) -> dict[str, Any]:
    """The buttons above the list, or the message that an account has to be chosen first."""
    account = chosen_account(request)
    mine = _own_kinds(request, account)
    if not mine:
        return {}
    if account is None:
        return {"choose_account": CHOOSE_ACCOUNT}
    return {"bulk": [(f"{ACTION_PREFIX}{kind.action}", kind.label) for kind in mine]}


def _own_kinds(request: HttpRequest, account: int | None) -> list[ChangeKind]:
    return [kind for kind in kinds(for_tags=False) if may_make(request.user, kind.action, account)]


def change_form_context(request: HttpRequest, follower: Any) -> dict[str, Any]:
    """Context of the forms on a follower's page."""
    had = {tag.pk for tag in follower.shown_tags}
    may = {kind.action for kind in _own_kinds(request, follower.account_id)}
    may_tag = "tag" in may and follower.subscribed
    tags = Tag.objects.filter(account=follower.account).order_by("-follower_count", "wechat_id")
    return {
        "may_tag": may_tag,
        "may_remark": "remark" in may and follower.subscribed,
        "may_note": "note" in may,
        "may_block": "block" in may,
        "own_tags": [(tag, labels.tag_label(tag)) for tag in follower.shown_tags],
        "other_tags": [tag for tag in tags if tag.pk not in had] if may_tag else [],
        "limit": MAX_REMARK_BYTES,
        "note_length": NOTE_LENGTH,
        "nonce": new_nonce(),
    }


def active_changes(changed: Iterable[ChangeEntry]) -> list[dict[str, Any]]:
    """Cards with live bars for the changes that are not done yet."""
    runs = {touch.run.pk: touch.run for touch in changed if touch.run.is_active}
    return [change_words.card(run, EVERYTHING) for run in runs.values()]
