"""Which account a user looks at: chosen once, it stays for all pages and after signing in anew."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from followers.accounts.access import own_accounts
from followers.models import StaffPreference

ACCOUNT_PARAMETER = "account__id__exact"
# Lists that can be narrowed to an account; the choice is part of their addresses, as of any filter.
LISTS = ("follower", "segment", "tag", "channel", "syncrun", "editrun", "auditentry")
# Pages that follow the choice without saying so in their address.
FOLLOWING_PAGES = (
    "admin:index",
    "growth",
    "growth_retention",
    "growth_hours",
    "growth_overlap",
    "growth_wechat",
)


def chosen_account_id(request: HttpRequest) -> int | None:
    """The account that the user chose, if it is still one of theirs; None for all of them."""
    pk = preference_of(request).account_id
    return pk if pk in own_accounts(request.user) else None


def preference_of(request: HttpRequest) -> StaffPreference:
    """What the user chose, with defaults where that is nothing yet; cached on the request."""
    known: dict[str, Any] = request.__dict__.setdefault("_preference", {})
    if "row" not in known:
        user = cast(User, request.user)
        # Read with the user (StaffBackend).
        found = getattr(user, "staff_preference", None)
        known["row"] = found or StaffPreference(user=user)
    row: StaffPreference = known["row"]
    return row


def shown_account_id(request: HttpRequest) -> int | None:
    """The account that a page is about: by its address if it is a list, else the chosen one."""
    given = request.GET.get(ACCOUNT_PARAMETER)
    if given is None:
        return None if _is_list(request) else chosen_account_id(request)
    return next((pk for pk in own_accounts(request.user) if str(pk) == given), None)


def _is_list(request: HttpRequest) -> bool:
    match = request.resolver_match
    names = {f"admin:followers_{model}_changelist" for model in LISTS}
    return bool(match and match.view_name in names)


def list_url(model: str, account_id: int | None) -> str:
    """The list of this model; of the account alone, where the list can be narrowed to one."""
    address = reverse(f"admin:followers_{model}_changelist")
    if account_id is None or model not in LISTS:
        return address
    return f"{address}?{ACCOUNT_PARAMETER}={account_id}"


@require_POST
def choose_account(request: HttpRequest) -> HttpResponse:
    """Keep the choice, and show it: on the page where it was made, if that can be narrowed."""
    given = request.POST.get("account", "")
    pk = next((pk for pk in own_accounts(request.user) if str(pk) == given), None)
    if given and pk is None:
        raise Http404
    try:
        with transaction.atomic():
            StaffPreference.objects.update_or_create(
                user=cast(User, request.user), defaults={"account_id": pk}
            )
    except IntegrityError:
        # It has been deleted in this moment.
        raise Http404 from None
    return redirect(_page_after(request.POST.get("next", ""), pk))


def _page_after(path: str, account_id: int | None) -> str:
    """Other filters and pages of a list are of the account before."""
    home = reverse("admin:index")
    if not url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        return home
    try:
        found = resolve(path.partition("?")[0])
    except Resolver404:
        return home
    if found.view_name in FOLLOWING_PAGES:
        page, _question_mark, query = path.partition("?")
        params = QueryDict(query, mutable=True)
        params.pop(ACCOUNT_PARAMETER, None)
        return f"{page}?{params.urlencode()}" if params else page
    for model in LISTS:
        if found.view_name == f"admin:followers_{model}_changelist":
            return list_url(model, account_id)
    return home
