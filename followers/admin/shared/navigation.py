"""The frame of every page: sidebar, account switcher, number of things to do."""

from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.cache import cache
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.accounts.access import (
    accounts_of,
    accounts_read_at,
    has_perm,
    load_accounts,
    own_accounts,
)
from followers.conditions.condition import URGENT, Condition, Kind
from followers.conditions.current import current
from followers.conditions.facts import Facts
from followers.models import OfficialAccount, SyncRun

from . import segments
from .account_choice import chosen_account_id, list_url, shown_account_id
from .cache import call_cache

# The pages about accounts in the order of the sidebar: model, title, icon. Users who may view any
# of them see the names of their accounts.
PAGES: tuple[tuple[str, Promise, str], ...] = (
    ("officialaccount", gettext_lazy("Official Accounts"), "storefront"),
    ("follower", gettext_lazy("Followers"), "group"),
    ("segment", gettext_lazy("Segments"), "filter_alt"),
    ("tag", gettext_lazy("Tags"), "sell"),
    ("channel", gettext_lazy("Channels"), "qr_code_2"),
    ("syncrun", gettext_lazy("Sync runs"), "sync"),
    ("editrun", gettext_lazy("Changes"), "edit_note"),
    ("exportlog", gettext_lazy("Exports"), "download"),
    ("auditentry", gettext_lazy("Activity log"), "history"),
    ("alerttarget", gettext_lazy("Alerts"), "notifications"),
)

# Of the latest ones, on the home page.
SHOWN_SYNCS = 8
# For so long, pages but the home page show the number of things to do as it was.
ATTENTION_SECONDS = 10

# Who sees a condition: whoever may see what it is about.
PERMISSIONS: dict[Kind, str] = {
    Kind.NO_WORKER: "view_syncrun",
    Kind.SYNC_REVIEW: "view_syncrun",
    Kind.SYNC_FAILED: "view_syncrun",
    Kind.NO_SECRET: "view_officialaccount",
    Kind.FOLLOWERS_DROPPED: "view_officialaccount",
    Kind.SYNC_WAITING: "view_syncrun",
    Kind.QUOTA_LOW: "view_officialaccount",
    Kind.CHANGE: "view_editrun",
    Kind.SYNC_INCOMPLETE: "view_syncrun",
}


def stylesheet(request: HttpRequest) -> str:
    return static("followers/wxadmin.css")


def growth_stylesheet(request: HttpRequest) -> str:
    return static("followers/growth.css")


def script(request: HttpRequest) -> str:
    return static("followers/wxadmin.js")


def chart_script(request: HttpRequest) -> str:
    return static("followers/charts.js")


def favicon(request: HttpRequest) -> str:
    return static("followers/favicon.svg")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar with the pages that the user may open."""
    account = chosen_account_id(request)
    items: list[dict[str, Any]] = []
    for model, title, icon in PAGES:
        if has_perm(request.user, f"view_{model}"):
            items.append({"title": title, "icon": icon, "link": list_url(model, account)})
            if model == "segment":
                items += segments.sidebar(request, shown_account_id(request))
    if has_perm(request.user, "view_growth"):
        items.insert(0, _item(_("Growth"), "monitoring", "growth"))
    groups: list[dict[str, Any]] = [{"items": [_home(request), *items]}]
    staff = _staff(request, "user", _("Members"), "person")
    if staff:
        staff.append(_item(_("Roles"), "shield_person", "roles"))
    staff += _staff(request, "group", _("Permission groups"), "key")
    if staff:
        groups.append({"title": _("Team"), "separator": True, "items": staff})
    return groups


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    """In the user's menu."""
    return [{"title": _("My page"), "link": reverse("me")}]


def _home(request: HttpRequest) -> dict[str, Any]:
    item = _item(_("Home"), "home", "admin:index")
    number = _recent_attention_count(request) if may_view_any(request.user) else 0
    return item | ({"badge": number, "badge_variant": "danger"} if number else {})


def _staff(request: HttpRequest, model: str, title: str, icon: str) -> list[dict[str, Any]]:
    page = admin.site.get_model_admin(apps.get_model("auth", model))
    if not page.has_view_permission(request):
        return []
    return [_item(title, icon, f"admin:auth_{model}_changelist")]


def _item(title: str | Promise, icon: str, address: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse(address)}


def may_view_any(user: Any) -> bool:
    """Whether the user may view any page that names their accounts."""
    return any(has_perm(user, f"view_{model}") for model, _title, _icon in PAGES)


def attention_count(request: HttpRequest) -> int:
    """How many of the home page's cards stay until somebody does something."""
    return sum(not condition.is_being_retried for condition in visible_conditions(request, URGENT))


def _recent_attention_count(request: HttpRequest) -> int:
    """The number in the sidebar: as the home page has it there, elsewhere up to seconds old.

    Otherwise every page of every list would ask whether syncs wait and workers live.
    """
    key = f"attention:{request.user.pk}"
    known: int | None = None if _is_home(request) else call_cache(cache.get, key)
    if known is None:
        known = attention_count(request)
        call_cache(cache.set, key, known, ATTENTION_SECONDS)
    return known


def visible_conditions(
    request: HttpRequest, kinds: Collection[Kind] = tuple(Kind)
) -> list[Condition]:
    """Those that the user may be shown; the sidebar's and a page's are looked for once."""
    known: dict[Kind, list[Condition]] = request.__dict__.setdefault("_conditions", {})
    shown = [kind for kind in kinds if has_perm(request.user, PERMISSIONS[kind])]
    if missing := [kind for kind in shown if kind not in known]:
        known.update({kind: [] for kind in missing})
        for condition in current(facts_of(request), missing):
            known[condition.kind].append(condition)
    return [condition for kind in shown for condition in known[kind]]


def facts_of(request: HttpRequest) -> Facts:
    """What the conditions of the user's accounts are made of, read once for the request."""
    found: Facts | None = request.__dict__.get("_facts")
    if found is None:
        user, rows, syncs = request.user, None, None
        if _is_home(request):
            rows = load_accounts(user)
            syncs = SyncRun.objects.filter(account__in=shown_accounts(request))[:SHOWN_SYNCS]
        found = Facts(accounts_of(user), rows, accounts_read_at(user), syncs)
        request.__dict__["_facts"] = found
    return found


def shown_accounts(request: HttpRequest) -> list[OfficialAccount]:
    """Those that the page is about: the chosen one, or all of the user's."""
    shown = shown_account_id(request)
    return [it for it in load_accounts(request.user) if shown in (None, it.pk)]


def account_switcher(request: HttpRequest) -> list[dict[str, Any]]:
    """The user's accounts and "all of them"; what the page shows now is marked.

    The template makes a button of each, which keeps the choice (account_choice).
    """
    if not request.user.is_staff or not may_view_any(request.user):
        return []
    here = shown_account_id(request)
    choices: list[tuple[int | None, str]] = [(None, _("All accounts"))]
    choices += own_accounts(request.user).items()
    return [
        {"title": title, "link": "", "attrs": {"value": pk or "", "is_current": pk == here}}
        for pk, title in choices
    ]


def _is_home(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.view_name == "admin:index"


def current_account(request: HttpRequest) -> str:
    """The site's subtitle: the account that the page is about."""
    if not request.user.is_staff or not may_view_any(request.user):
        return ""
    if _is_home(request):
        # Read whole before anybody asks for their names alone.
        load_accounts(request.user)
    pk = shown_account_id(request)
    return _("All accounts") if pk is None else own_accounts(request.user)[pk]
