"""One's own page: name, language, password, and where one is signed in."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views import i18n
from django.views.decorators.http import require_POST

from followers.accounts import sessions
from followers.accounts.access import own_accounts
from followers.accounts.member_trail import MemberState, record_deed
from followers.accounts.members import set_name
from followers.accounts.roles import LABELS, role_of
from followers.audit import Action
from followers.formats import format_datetime
from followers.models import StaffPreference

from ..shared.navigation import may_view_any


class OwnForm(forms.Form):
    """The e-mail address is one's own to change only for administrators, who change others' too."""

    name = forms.CharField(label=pgettext_lazy("person", "name"), max_length=150, required=False)
    email = forms.EmailField(label=gettext_lazy("email address"), max_length=254, required=False)
    language = forms.ChoiceField(label=gettext_lazy("language"), choices=settings.LANGUAGES)

    def __init__(self, user: User, data: Any = None) -> None:
        initial = {
            "name": user.get_full_name(),
            "email": user.email,
            "language": translation.get_language(),
        }
        super().__init__(data, initial=initial)
        self.fields["email"].disabled = not user.has_perm("auth.change_user")


def own_page(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = OwnForm(user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _save(request, user, form.cleaned_data)
    context = {
        **admin.site.each_context(request),
        "is_nav_sidebar_enabled": True,
        "title": _("My page"),
        "form": form,
        "languages": [
            (code, translation.get_language_info(code)) for code, _n in settings.LANGUAGES
        ],
        "role": _("Superuser") if user.is_superuser else LABELS.get(role_of(user), ""),
        "accounts": _(", ").join(own_accounts(user).values()) if may_view_any(user) else "",
        "signed_in": _signed_in(request, user),
    }
    return TemplateResponse(request, "admin/staff/me.html", context)


def _save(request: HttpRequest, user: User, said: dict[str, Any]) -> HttpResponse:
    with transaction.atomic():
        # Read now: the form may have been filled while another one was stored.
        before = MemberState.of(User.objects.select_for_update().get(pk=user.pk))
        set_name(user, said["name"])
        user.email = said["email"]
        user.save(update_fields=["first_name", "last_name", "email"])
        before.record_changes(user, user)
    keep_language(user, said["language"])
    with translation.override(said["language"]):
        messages.success(request, _("Saved."))
    return redirect("me")


def _signed_in(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    return [
        {
            "key": row.pk[-8:],
            "device": row.device or _("Unknown device"),
            "address": row.address or "",
            "since": format_datetime(row.signed_in_at),
            "seen": format_datetime(row.seen_at),
            "is_this": row.pk == request.session.session_key,
        }
        for row in sessions.sessions_of(user)
    ]


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the other session that "session" names, or all others."""
    user, here = cast(User, request.user), request.session.session_key
    named = request.POST.get("session", "")
    found = None
    if named:
        keys = (row.pk for row in sessions.sessions_of(user) if row.pk.endswith(named))
        found = next((key for key in keys if key != here), None)
        if found is None or len(named) < 8:
            raise Http404
    with transaction.atomic():
        if number := sessions.end(user, but=here, only=found):
            record_deed(Action.SESSIONS_ENDED, user, user, {"sessions": number})
    messages.success(request, _("Signed out there."))
    return redirect(reverse("me"))


def keep_language(user: User, language: str) -> None:
    StaffPreference.objects.update_or_create(user=user, defaults={"language": language})


def set_language(request: HttpRequest) -> HttpResponse:
    """Django's, which keeps the choice in the browser; that of a member is kept for all devices."""
    response: HttpResponse = i18n.set_language(request)
    language = request.POST.get("language", "")
    user = request.user
    if isinstance(user, User) and request.method == "POST" and language in dict(settings.LANGUAGES):
        keep_language(user, language)
    return response
