"""Create, rename and delete tags: each is a change like any other, sent by the worker."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext as _

from followers.changes.change import Change, Refused
from followers.changes.plan import check, forecast
from followers.changes.record import Step, record_steps
from followers.models import EditRun, OfficialAccount, Tag
from followers.rows.followers import tagged
from followers.wechat.limits import (
    MAX_FOLLOWERS_TO_DELETE,
    MAX_TAGS_IN_ACCOUNT,
    SYSTEM_TAGS,
    TAG_NAME_BYTES,
    is_system_tag,
)

from ..changes import words as change_words
from ..changes.beginning import PREFIX, begin, clean, effort
from ..changes.idempotency import new_nonce, once
from ..changes.words import may
from ..shared.disclosure import disclosure, may_see_tags
from ..shared.endpoints import changes
from ..shared.formats import format_number
from ..shared.own_accounts import chosen_account, own_accounts
from ..shared.safe_changelist import is_key


def may_manage(request: HttpRequest) -> bool:
    return may(request, "create_tag")


def may_clear(request: HttpRequest) -> bool:
    return may_manage(request) and may(request, "untag")


class TagEditMixin:
    """For the ModelAdmin of tags."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view  # type: ignore[attr-defined]
        own = [
            path("create/", wrap(self.create_tag), name="followers_tag_create"),
            path("<path:object_id>/rename/", wrap(self.rename_tag), name="followers_tag_rename"),
            path("<path:object_id>/remove/", wrap(self.delete_tag), name="followers_tag_remove"),
            path("<path:object_id>/clear/", wrap(self.clear_tag), name="followers_tag_clear"),
        ]
        return own + super().get_urls()  # type: ignore[misc, no-any-return]

    def create_tag(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        # The answer tells which names there are already.
        if not may_manage(request) or not may_see_tags(request):
            raise PermissionDenied
        chosen = request.POST.get("account", "")
        own = OfficialAccount.objects.visible_to(request.user)
        account = own.filter(pk=chosen).first() if is_key(OfficialAccount, chosen) else None
        if account is None:
            messages.error(request, _("Choose the account that the tag is for."))
            return HttpResponseRedirect(reverse("admin:followers_tag_changelist"))
        back = f"{reverse('admin:followers_tag_changelist')}?account__id__exact={account.pk}"
        change = Change("create_tag", name=clean(request.POST.get("name", "")))
        return _change(request, account, change, back)

    @changes(may_manage)
    def rename_tag(self, request: HttpRequest, tag: Any) -> HttpResponseBase:
        name = clean(request.POST.get("name", ""))
        if name == tag.name:
            messages.info(request, _("Nothing was changed: the name is the same."))
            return HttpResponseRedirect(tag_url(tag))
        return _change(request, tag.account, Change("rename_tag", tag=tag, name=name), tag_url(tag))

    @changes(may_manage)
    def delete_tag(self, request: HttpRequest, tag: Any) -> HttpResponseBase:
        return _change(request, tag.account, Change("delete_tag", tag=tag), tag_url(tag))

    @changes(may_clear)
    def clear_tag(self, request: HttpRequest, tag: Any) -> HttpResponseBase:
        """Take the tag off everybody and then delete it: WeChat deletes none that many have."""
        delete = Change("delete_tag", tag=tag)
        try:
            check(tag.account, delete, emptied=True)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(tag_url(tag))
        run = once(request, tag.account, lambda: _clear(request, tag, delete))
        return HttpResponseRedirect(change_words.edit_url(run))


def tag_url(tag: Tag) -> str:
    return reverse("admin:followers_tag_change", args=[tag.pk])


def _change(
    request: HttpRequest, account: OfficialAccount, change: Change, back: str
) -> HttpResponseRedirect:
    """To the page of the run, which shows when WeChat has done it; `back` where it is refused."""
    try:
        check(account, change)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(back)
    meant = _meant(change.name or (change.tag.name if change.tag else ""))
    return HttpResponseRedirect(change_words.edit_url(begin(request, account, None, change, meant)))


def _meant(name: str) -> str:
    return _("Tag: %(name)s") % {"name": name}


def _clear(request: HttpRequest, tag: Tag, delete: Change) -> EditRun:
    steps = [Step(Change("untag", tag=tag), tagged(tag.pk)), Step(delete)]
    return record_steps(tag.account, steps, user=request.user, selection=_meant(tag.name))


def list_context(request: HttpRequest) -> dict[str, Any]:
    """The form for a new tag, above the list."""
    if not may_manage(request):
        return {}
    own = own_accounts(request)
    chosen = chosen_account(request)
    number = Tag.objects.filter(account=chosen).exclude(wechat_id__in=SYSTEM_TAGS).count()
    facts = {"number": number, "most": MAX_TAGS_IN_ACCOUNT}
    return {
        "may_manage": True,
        "accounts": [(pk, name) for pk, name in own.items() if chosen in (None, pk)],
        "room": _("%(number)s of at most %(most)s tags are in use.") % facts if chosen else "",
        "limit": TAG_NAME_BYTES,
        "nonce": new_nonce(),
    }


def tag_context(request: HttpRequest, tag: Tag) -> dict[str, Any]:
    """What the page of a tag offers; WeChat's own tags cannot be changed."""
    active = EditRun.objects.filter(steps__tag=tag, status__in=EditRun.ACTIVE).distinct()
    shown = change_words.attach_steps(active) if change_words.may_view(request) else []
    too_many = tag.follower_count > MAX_FOLLOWERS_TO_DELETE
    cost = forecast(tag.account, "untag", tag.follower_count, {}) if too_many else None
    return {
        "under_way": [change_words.card(run, disclosure(request)) for run in shown],
        "may_manage": may_manage(request) and not is_system_tag(tag.wechat_id),
        "built_in": may_manage(request) and is_system_tag(tag.wechat_id),
        "too_many": too_many,
        "may_clear": may_clear(request),
        "effort": " ".join(effort(cost)) if cost else "",
        "deletable": format_number(MAX_FOLLOWERS_TO_DELETE),
        "may_empty": may(request, "untag") and request.user.has_perm("followers.view_follower"),
        "empty_action": f"{PREFIX}untag",
        "limit": TAG_NAME_BYTES,
        "nonce": new_nonce(),
    }
