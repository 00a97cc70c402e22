"""Changes to followers, from the list in bulk and from a follower's own page.

In bulk a page of its own first says what will happen; nothing is recorded before its last button.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.changes.change import ChangeKind, Refused, actions, kind_of, kinds
from followers.changes.follower_kinds import NOTE_LENGTH
from followers.changes.plan import check, plan
from followers.changes.reasons import reason_words
from followers.models import Follower, OfficialAccount, Tag
from followers.wechat.limits import REMARK_BYTES

from ..changes import words as change_words
from ..changes.beginning import PREFIX, begin, busy, clean
from ..changes.history import Touch
from ..changes.idempotency import new_nonce
from ..changes.words import may
from ..shared import labels
from ..shared.disclosure import EVERYTHING
from ..shared.endpoints import changes
from ..shared.own_accounts import only_account
from .confirmation import account_of, form_context, number_of, plan_context, selection_words, wanted

CHOOSE_ACCOUNT = gettext_lazy(
    "Tags, remarks and the blacklist belong to one account: choose an account first, top left."
)


class EditMixin:
    """For the ModelAdmin of followers."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.edit_one)  # type: ignore[attr-defined]
        name = "followers_follower_edit"
        own = [path("<path:object_id>/edit/", view, name=name)]
        return own + super().get_urls()  # type: ignore[misc, no-any-return]

    # --- from the list ----------------------------------------------------------------------------

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Follower]
    ) -> HttpResponseBase | None:
        """403 where the action is not this user's: Django only says that none was chosen."""
        prefix, _prefix, what = request.POST.get("action", "").partition(PREFIX)
        if not prefix and what in actions(of_tag=False) and not may(request, what):
            raise PermissionDenied
        return super().response_action(request, queryset)  # type: ignore[misc, no-any-return]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found: dict[str, Any] = super().get_actions(request)  # type: ignore[misc]
        if IS_POPUP_VAR in request.GET:
            return found
        for kind in _bulk_kinds(request):
            name = f"{PREFIX}{kind.action}"
            found[name] = (partial(type(self).bulk, kind=kind), name, str(kind.label))
        return found

    def bulk(
        self, request: HttpRequest, queryset: QuerySet[Follower], kind: ChangeKind
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
        if not people.exists():
            messages.error(request, _("Nothing was changed: no follower is selected."))
            return None
        page = {**self._page(request, account, kind), **form_context(request, account, kind)}
        step = request.POST.get("step", "")
        if not step and kind.subject:
            # What is to be chosen comes first; the people need only be counted.
            return self._edit_page(request, {**page, "count": number_of(people)})
        try:
            change = wanted(request.POST, account, kind)
            check(account, change)
        except Refused as refusal:
            refused = {"count": number_of(people), "problem": str(refusal)}
            return self._edit_page(request, {**page, **refused})
        if step == "start":
            meant = selection_words(request)
            return HttpResponseRedirect(
                change_words.edit_url(begin(request, account, people, change, meant))
            )
        found = plan(account, people, change)
        waiting = busy(account)
        told = plan_context(found, change, waiting=waiting)
        shown = {"plan": told, "busy": waiting, "nonce": new_nonce()}
        title = change_words.change_title(change)
        return self._edit_page(request, {**page, **shown, "title": title})

    def _page(
        self, request: HttpRequest, account: OfficialAccount, kind: ChangeKind
    ) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "opts": self.opts,  # type: ignore[attr-defined]
            "media": self.media,  # type: ignore[attr-defined]
            "title": str(kind.label),
            "account": account,
            "what": kind.action,
            "selection": selection_words(request),
            "may_manage_tags": may(request, "create_tag"),
            "back": request.get_full_path(),
            "is_nav_sidebar_enabled": True,
        }

    def _edit_page(self, request: HttpRequest, context: dict[str, Any]) -> TemplateResponse:
        return TemplateResponse(request, "admin/followers/follower/edit.html", context)

    # --- from a follower's page -----------------------------------------------------------------

    @changes(lambda request: may(request, request.POST.get("action", "")))
    def edit_one(self, request: HttpRequest, follower: Any) -> HttpResponseBase:
        what = request.POST["action"]
        if what not in actions(of_tag=False):
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
            check(follower.account, change)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return back
        found = plan(follower.account, people, change)
        # After a change that is not over yet the follower may be another than now.
        if not found.will_change and not busy(follower.account):
            reasons = _(", ").join(str(reason_words(reason)) for reason in found.skipped)
            text = _("Nothing was changed: %(reason)s.") % {"reason": reasons}
            messages.warning(request, text)
            return back
        begin(request, follower.account, people, change, follower.openid)
        return back


def bulk_context(request: HttpRequest) -> dict[str, Any]:
    """The buttons above the list, or the words that an account has to be chosen first."""
    mine = _bulk_kinds(request)
    if not mine:
        return {}
    if only_account(request) is None:
        return {"choose_account": CHOOSE_ACCOUNT}
    return {"bulk": [(f"{PREFIX}{kind.action}", kind.label) for kind in mine]}


def _bulk_kinds(request: HttpRequest) -> list[ChangeKind]:
    return [kind for kind in kinds(of_tag=False) if may(request, kind.action)]


def edit_context(request: HttpRequest, follower: Any) -> dict[str, Any]:
    """What the page of a follower offers to change."""
    had = {tag.pk for tag in follower.shown_tags}
    may_tag = may(request, "tag") and follower.subscribed
    tags = Tag.objects.filter(account=follower.account).order_by("-follower_count", "wechat_id")
    return {
        "may_tag": may_tag,
        "may_remark": may(request, "remark") and follower.subscribed,
        "may_note": may(request, "note"),
        "may_block": may(request, "block"),
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
