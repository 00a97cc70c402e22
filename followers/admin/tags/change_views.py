"""Create, rename and delete tags; each is a change that the worker sends."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext as _

from followers.accounts.access import Rights, accounts_of, has_perm, own_accounts, require_perm
from followers.changes.change import Change, ChangeRefused
from followers.changes.plan import check_change, forecast
from followers.changes.record import PlannedStep, record_steps
from followers.changes.step_queries import attach_steps
from followers.formats import join_sentences
from followers.models import EditRun, OfficialAccount, Tag
from followers.rows.memberships import tagged_ids
from followers.wechat.limits import (
    MAX_FOLLOWERS_TO_DELETE_TAG,
    MAX_TAG_NAME_BYTES,
    MAX_TAGS_IN_ACCOUNT,
    SYSTEM_TAG_IDS,
    is_system_tag,
)

from ..changes import words as change_words
from ..changes.idempotency import new_nonce, record_once
from ..changes.start import ACTION_PREFIX, clean_text, cost_lines, start_change
from ..shared.chosen_account import chosen_account
from ..shared.disclosure import disclosure
from ..shared.endpoints import admin_path, post_only
from ..shared.formats import format_number
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.safe_changelist import is_key
from ..shared.segment_uses import warn_of_tag
from ..shared.urls import run_url


def urls(model_admin: OwnObjectsAdmin) -> list[URLPattern]:
    return [
        admin_path(model_admin, "create/", create_tag, "create"),
        admin_path(model_admin, "<path:object_id>/rename/", rename_tag, "rename"),
        admin_path(model_admin, "<path:object_id>/remove/", delete_tag, "remove"),
        admin_path(model_admin, "<path:object_id>/clear/", clear_tag, "clear"),
    ]


def create_tag(model_admin: OwnObjectsAdmin, request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    # The response discloses existing names.
    require_perm(request.user, "manage_tags")
    require_perm(request.user, "view_tag")
    chosen = request.POST.get("account", "")
    own = accounts_of(request.user)
    account = own.filter(pk=chosen).first() if is_key(OfficialAccount, chosen) else None
    if account is None:
        messages.error(request, _("Choose the account that the tag is for."))
        return HttpResponseRedirect(reverse("admin:followers_tag_changelist"))
    back = f"{reverse('admin:followers_tag_changelist')}?account__id__exact={account.pk}"
    change = Change("create_tag", name=clean_text(request.POST.get("name", "")))
    return _start_or_refuse(request, account, change, back)


@post_only("manage_tags")
def rename_tag(model_admin: OwnObjectsAdmin, request: HttpRequest, tag: Any) -> HttpResponseBase:
    name = clean_text(request.POST.get("name", ""))
    if name == tag.name:
        messages.info(request, _("Nothing was changed: the name is the same."))
        return HttpResponseRedirect(tag_url(tag))
    return _start_or_refuse(
        request, tag.account, Change("rename_tag", tag=tag, name=name), tag_url(tag)
    )


@post_only("manage_tags")
def delete_tag(model_admin: OwnObjectsAdmin, request: HttpRequest, tag: Any) -> HttpResponseBase:
    return _start_or_refuse(request, tag.account, Change("delete_tag", tag=tag), tag_url(tag))


@post_only("clear_tag")
def clear_tag(model_admin: OwnObjectsAdmin, request: HttpRequest, tag: Any) -> HttpResponseBase:
    """Remove the tag from all followers, then delete it: WeChat deletes no tag of many."""
    delete = Change("delete_tag", tag=tag)
    try:
        check_change(tag.account, delete, is_emptied=True)
    except ChangeRefused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(tag_url(tag))
    run = record_once(request, tag.account, lambda: _record_clearing(request, tag, delete))
    return HttpResponseRedirect(run_url(run))


def tag_url(tag: Tag) -> str:
    return reverse("admin:followers_tag_change", args=[tag.pk])


def _start_or_refuse(
    request: HttpRequest, account: OfficialAccount, change: Change, back: str
) -> HttpResponseRedirect:
    """Start the change and redirect to its run; redirect to `back` if it is refused."""
    try:
        check_change(account, change)
    except ChangeRefused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(back)
    selection = _selection(change.name or (change.tag.name if change.tag else ""))
    return HttpResponseRedirect(run_url(start_change(request, account, None, change, selection)))


def _selection(name: str) -> str:
    return _("Tag: %(name)s") % {"name": name}


def _record_clearing(request: HttpRequest, tag: Tag, delete: Change) -> EditRun:
    steps = [PlannedStep(Change("untag", tag=tag), tagged_ids(tag.pk)), PlannedStep(delete)]
    return record_steps(tag.account, steps, user=request.user, selection=_selection(tag.name))


def list_context(request: HttpRequest) -> dict[str, Any]:
    """Context of the form for a new tag above the list."""
    if not has_perm(request.user, "manage_tags", chosen_account(request)):
        return {}
    own = own_accounts(request.user)
    chosen = chosen_account(request)
    number = Tag.objects.filter(account=chosen).exclude(wechat_id__in=SYSTEM_TAG_IDS).count()
    facts = {"number": number, "most": MAX_TAGS_IN_ACCOUNT}
    return {
        "accounts": [(pk, name) for pk, name in own.items() if chosen in (None, pk)],
        "room": _("%(number)s of at most %(most)s tags are in use.") % facts if chosen else "",
        "limit": MAX_TAG_NAME_BYTES,
        "nonce": new_nonce(),
    }


def tag_context(request: HttpRequest, tag: Tag) -> dict[str, Any]:
    """Context of a tag's page; WeChat's own tags cannot be changed."""
    active = EditRun.objects.filter(steps__tag=tag, status__in=EditRun.ACTIVE).distinct()
    rights = Rights(request.user, tag.account_id)
    shown = attach_steps(active) if rights["view_editrun"] else []
    too_many = tag.follower_count > MAX_FOLLOWERS_TO_DELETE_TAG
    cost = forecast(tag.account, "untag", tag.follower_count, {}) if too_many else None
    used = warn_of_tag(request, tag)
    return {
        "under_way": [change_words.card(run, disclosure(request)) for run in shown],
        "rights": rights,
        "built_in": is_system_tag(tag.wechat_id),
        "too_many": too_many,
        "used": used,
        **_questions(tag, " ".join(cost_lines(cost)) if cost else "", used),
        "deletable": format_number(MAX_FOLLOWERS_TO_DELETE_TAG),
        "empty_action": f"{ACTION_PREFIX}tag",
        "limit": MAX_TAG_NAME_BYTES,
        "nonce": new_nonce(),
    }


def _questions(tag: Tag, effort: str, used: str) -> dict[str, str]:
    """Asked before the tag is deleted, and before it is emptied and deleted."""
    facts = {"name": tag.name, "count": format_number(tag.follower_count), "effort": effort}
    delete = _(
        "Delete the tag “%(name)s”? All its %(count)s followers lose it. This cannot be undone."
    )
    clear = _(
        "Take the tag “%(name)s” off all its %(count)s followers and then delete it? This cannot "
        "be undone. %(effort)s"
    )
    return {
        "delete_question": join_sentences(delete % facts, used),
        "clear_question": join_sentences(clear % facts, used),
    }
