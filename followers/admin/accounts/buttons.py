"""The buttons of an account: sync, test the connection, ask how many calls are left."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from followers.accounts import usage
from followers.accounts.access import has_perm
from followers.accounts.client import check_connection
from followers.fields import Undecryptable
from followers.models import OfficialAccount, SyncStage
from followers.sync import syncs

from ..shared.endpoints import post_only
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.throttle import is_throttled
from ..shared.urls import account_url, run_url
from . import quota

NO_SECRET = gettext_lazy(
    "%(account)s has no AppSecret yet, so WeChat cannot be asked. Enter it under “Interface” on "
    "the account's page, and save."
)
UNREADABLE = gettext_lazy(
    "The stored AppSecret cannot be decrypted with the present ENCRYPTION_KEYS. Whoever runs this "
    "system has to put the old key back (or enter the AppSecret again)."
)
TESTED_TOO_OFTEN = gettext_lazy(
    "The connection was tested so often today that WeChat's tokens could run out: it gives out "
    "2,000 a day. Test again after midnight, Beijing time. A sync still works."
)
EVERYTHING = {"stages": list(SyncStage.Name.values)}


class SyncForm(forms.Form):
    """The stages of a sync; `cleaned_data` are arguments of `syncs.start`."""

    stages = forms.MultipleChoiceField(choices=SyncStage.Name.choices, required=False)
    refresh_details = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """Refreshing all details implies the stage details, even if its box is not ticked."""
        chosen = super().clean() or {}
        if chosen.get("refresh_details"):
            chosen["stages"] = [*chosen.get("stages", []), SyncStage.Name.DETAILS]
        if not chosen.get("stages"):
            raise forms.ValidationError(_("Choose what to sync."))
        return chosen


def secret_problem(account: OfficialAccount, missing: str) -> str:
    """Why WeChat cannot be called: `missing`, or that no key decrypts the AppSecret; else ""."""
    if account.app_secret:
        return ""
    return str(UNREADABLE) if isinstance(account.app_secret, Undecryptable) else missing


@admin.action(description=gettext_lazy("Sync followers"), permissions=["sync"])
def sync_followers(
    model_admin: OwnObjectsAdmin, request: HttpRequest, queryset: QuerySet[OfficialAccount]
) -> HttpResponseBase | None:
    """Start a run for each account; for a single account, redirect to its run."""
    accounts = list(queryset.order_by("pk"))
    ready = [account for account in accounts if not _lacks_secret(request, account)]
    runs = [syncs.start(account, request.user)[0] for account in ready]
    if not runs:
        return None
    if len(accounts) == 1:
        return HttpResponseRedirect(run_url(runs[0]))
    links = format_html_join(
        _(", "), '<a class="wx-link" href="{}">{}</a>', ((run_url(r), r.account) for r in runs)
    )
    started = ngettext("%(count)s sync is under way:", "%(count)s syncs are under way:", len(runs))
    messages.success(request, format_html("{} {}", started % {"count": len(runs)}, links))
    return None


def _lacks_secret(request: HttpRequest, account: OfficialAccount) -> bool:
    """Whether WeChat cannot be called for this account; if so, tell the user what to do."""
    missing = NO_SECRET % {"account": account.name}
    trouble = secret_problem(account, missing)
    if trouble:
        # The action may start several accounts at once.
        named = trouble if trouble == missing else f"{account.name}{_(': ')}{trouble}"
        messages.error(request, named)
    return bool(trouble)


@post_only("sync_officialaccount")
def sync(
    model_admin: OwnObjectsAdmin, request: HttpRequest, account: OfficialAccount
) -> HttpResponseBase:
    """Sync all stages, or those chosen in the form."""
    form = SyncForm(request.POST if "choice" in request.POST else EVERYTHING)
    if _lacks_secret(request, account):
        return HttpResponseRedirect(account_url(account))
    if not form.is_valid():
        messages.error(request, _("Nothing was started: choose what to sync."))
        return HttpResponseRedirect(account_url(account))
    run, created = syncs.start(account, request.user, **form.cleaned_data)
    if not created:
        messages.info(request, _("This account is being synced already. Here is how far it is."))
    return HttpResponseRedirect(run_url(run))


@post_only("test_connection")
def ask_quota(
    model_admin: OwnObjectsAdmin, request: HttpRequest, account: OfficialAccount
) -> HttpResponseBase:
    """Ask WeChat how many calls are left today."""
    asks = not _lacks_secret(request, account)
    if asks and not is_throttled(request, account, "quota"):
        if refusal := usage.fetch_quota(account):
            messages.error(request, " ".join(filter(None, refusal)))
        else:
            listing = usage.calls_today(account).quotas[usage.LISTING_PATH]
            messages.success(request, quota.quota_line(listing))
    return HttpResponseRedirect(account_url(account))


@post_only("test_connection")
def test(
    model_admin: OwnObjectsAdmin, request: HttpRequest, account: OfficialAccount
) -> HttpResponseBase:
    back = HttpResponseRedirect(account_url(account))
    if _lacks_secret(request, account) or is_throttled(request, account, "test"):
        return back
    if not usage.may_test_connection(account):
        messages.error(request, str(TESTED_TOO_OFTEN))
        return back
    found = check_connection(account)
    usage.record_calls(account.pk, found.calls)
    level = messages.SUCCESS if found.ok else messages.ERROR
    # After a success, the advice is to sync.
    syncs_next = has_perm(request.user, "sync_officialaccount", account)
    advice = found.advice if syncs_next or not found.ok else ""
    sentence = " ".join(part for part in (found.meaning, advice, found.detail) if part)
    messages.add_message(request, level, sentence)
    return back
