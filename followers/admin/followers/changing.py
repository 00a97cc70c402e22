"""Changes to followers, from the list in bulk and from a follower's own page.

In bulk a page of its own first says what will happen; nothing is recorded before its last button.
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
from followers.wechat.limits import REMARK_BYTES

from ..changes import words as change_words
from ..changes.beginning import PREFIX, begin, busy, clean
from ..changes.history import Touch
from ..changes.idempotency import new_nonce
from ..shared import labels
from ..shared.chosen_account import chosen_account
from ..shared.disclosure import EVERYTHING
from ..shared.endpoints import post_only
from ..shared.model_admin import OwnObjectsAdmin
from .confirmation import account_of, form_context, number_of, plan_context, selection_words, wanted

TEMPLATE = "admin/followers/follower/edit.html"
CHOOSE_ACCOUNT = gettext_lazy(
    "Tags, remarks and the blacklist belong to one account: choose an account first, top left."
)


def bulk_actions(request: HttpRequest) -> dict[str, Any]:
    """The changes that the user may make in bulk, as Django's admin keeps actions."""
    return {
        (name := f"{PREFIX}{kind.action}"): (partial(bulk, kind=kind), name, str(kind.label))
        for kind in _own_kinds(request, chosen_account(request))
    }


def require_action(request: HttpRequest) -> None:
    """403 where the action is not this user's: Django only says that none was chosen."""
    prefix, _prefix, what = request.POST.get("action", "").partition(PREFIX)
    if not prefix and what in actions(for_tags=False) and not may_make(request.user, what):
        raise PermissionDenied


def bulk(
    model_admin: OwnObjectsAdmin,
    request: HttpRequest,
    queryset: QuerySet[Follower],
    kind: ChangeKind,
) -> HttpResponseBase | None:
    """The page that asks and explains; its last button records the run."""
    if queryset.query.is_empty():
        text = _("Nothing was changed: the filter could not be understood.")
        messages.error(request, text)
        return None
    people = queryset.select_related(None).order_by()
    account = account_of(request, people)
    if account is None:
        messages.error(request, str(CHOOSE_ACCOUNT))
        return None
    if not may_make(request.user, kind.action, account):
        raise PermissionDenied
    if not people.exists():
        messages.error(request, _("Nothing was changed: no follower is selected."))
        return None
    shown = {**_context(request, account, kind), **form_context(request, account, kind)}
    step = request.POST.get("step", "")
    if not step and kind.subject:
        # What is to be chosen comes first; the people need only be counted.
        return model_admin.answer(request, TEMPLATE, {**shown, "count": number_of(people)})
    try:
        change = wanted(request.POST, account, kind)
        check_change(account, change)
    except ChangeRefused as refusal:
        refused = {"count": number_of(people), "problem": str(refusal)}
        return model_admin.answer(request, TEMPLATE, {**shown, **refused})
    if step == "start":
        meant = selection_words(request)
        return HttpResponseRedirect(
            change_words.edit_url(begin(request, account, people, change, meant))
        )
    found = make_plan(account, people, change)
    waiting = busy(account)
    told = plan_context(found, change, waiting=waiting)
    plan_shown = {"plan": told, "busy": waiting, "nonce": new_nonce()}
    title = change_words.change_title(change)
    return model_admin.answer(request, TEMPLATE, {**shown, **plan_shown, "title": title})


def _context(request: HttpRequest, account: OfficialAccount, kind: ChangeKind) -> dict[str, Any]:
    return {
        "title": str(kind.label),
        "account": account,
        "what": kind.action,
        "selection": selection_words(request),
        "rights": Rights(request.user, account),
        "back": request.get_full_path(),
    }


@post_only("change_followers")
def edit_one(model_admin: OwnObjectsAdmin, request: HttpRequest, follower: Any) -> HttpResponseBase:
    what = request.POST.get("action", "")
    if what not in actions(for_tags=False) or not may_make(request.user, what, follower.account_id):
        raise PermissionDenied
    kind = kind_of(what)
    back = HttpResponseRedirect(reverse("admin:followers_follower_change", args=[follower.pk]))
    text = clean(request.POST.get("text", ""))
    if kind.subject == "text" and text == getattr(follower, what):
        messages.info(request, _("Nothing was changed: the text is the same."))
        return back
    people = Follower.objects.filter(pk=follower.pk)
    try:
        change = wanted(request.POST, follower.account, kind)
        check_change(follower.account, change)
    except ChangeRefused as refusal:
        messages.error(request, str(refusal))
        return back
    found = make_plan(follower.account, people, change)
    # After a change that is not over yet the follower may be another than now.
    if not found.will_change and not busy(follower.account):
        reasons = _(", ").join(str(skip_reason_text(reason)) for reason in found.skipped)
        text = _("Nothing was changed: %(reason)s.") % {"reason": reasons}
        messages.warning(request, text)
        return back
    begin(request, follower.account, people, change, follower.openid)
    return back


def bulk_context(request: HttpRequest) -> dict[str, Any]:
    """The buttons above the list, or the words that an account has to be chosen first."""
    account = chosen_account(request)
    mine = _own_kinds(request, account)
    if not mine:
        return {}
    if account is None:
        return {"choose_account": CHOOSE_ACCOUNT}
    return {"bulk": [(f"{PREFIX}{kind.action}", kind.label) for kind in mine]}


def _own_kinds(request: HttpRequest, account: int | None) -> list[ChangeKind]:
    return [kind for kind in kinds(for_tags=False) if may_make(request.user, kind.action, account)]


def edit_context(request: HttpRequest, follower: Any) -> dict[str, Any]:
    """What the page of a follower offers to change."""
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
        "limit": REMARK_BYTES,
        "note_length": NOTE_LENGTH,
        "nonce": new_nonce(),
    }


def under_way(changed: Iterable[Touch]) -> list[dict[str, Any]]:
    """The changes that are not done yet, each with its live bar."""
    runs = {touch.run.pk: touch.run for touch in changed if touch.run.is_active}
    return [change_words.card(run, EVERYTHING) for run in runs.values()]
