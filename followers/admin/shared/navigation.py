"""The frame of every page: sidebar, account switcher, number of things to do."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.accounts.access import accounts_of, has_perm
from followers.models import OfficialAccount, SyncRun

# More would be too long for a menu; the account list has all.
SWITCHER_LIMIT = 20
ACCOUNT_PARAMETER = "account__id__exact"
# The pages about accounts in the order of the sidebar: model, title, icon. Users who may view any
# of them see the names of their accounts.
PAGES: tuple[tuple[str, Promise, str], ...] = (
    ("officialaccount", gettext_lazy("Official Accounts"), "storefront"),
    ("follower", gettext_lazy("Followers"), "group"),
    ("tag", gettext_lazy("Tags"), "sell"),
    ("channel", gettext_lazy("Channels"), "qr_code_2"),
    ("syncrun", gettext_lazy("Sync runs"), "sync"),
    ("editrun", gettext_lazy("Changes"), "edit_note"),
    ("exportlog", gettext_lazy("Exports"), "download"),
    ("alerttarget", gettext_lazy("Alerts"), "notifications"),
)


def stylesheet(request: HttpRequest) -> str:
    return static("followers/wxadmin.css")


def script(request: HttpRequest) -> str:
    return static("followers/wxadmin.js")


def favicon(request: HttpRequest) -> str:
    return static("followers/favicon.svg")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar with the pages that the user may open."""
    items = [
        _item(title, icon, f"admin:followers_{model}_changelist")
        for model, title, icon in PAGES
        if has_perm(request.user, f"view_{model}")
    ]
    for item in items:
        if item["icon"] == "sync" and (number := attention_count(request)):
            item |= {"badge": number, "badge_variant": "danger"}
    groups: list[dict[str, Any]] = [{"items": [_item(_("Home"), "home", "admin:index"), *items]}]
    staff = [
        *_staff(request, "user", _("Users"), "person"),
        *_staff(request, "group", _("Groups"), "shield_person"),
    ]
    if staff:
        groups.append({"title": _("Staff"), "separator": True, "items": staff})
    return groups


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
    """The number of runs in review and of accounts whose latest run failed."""
    accounts = accounts_of(request.user)
    return runs_in_review(accounts).count() + accounts_with_failed_sync(accounts).count()


def runs_in_review(accounts: QuerySet[OfficialAccount]) -> QuerySet[SyncRun]:
    return SyncRun.objects.filter(status=SyncRun.Status.REVIEW, account__in=accounts)


def accounts_with_failed_sync(accounts: QuerySet[OfficialAccount]) -> QuerySet[OfficialAccount]:
    newest = SyncRun.objects.filter(account=OuterRef("pk")).order_by("-pk")
    return accounts.annotate(latest_status=Subquery(newest.values("status")[:1])).filter(
        Q(latest_status=SyncRun.Status.FAILED)
    )


def account_switcher(request: HttpRequest) -> list[dict[str, Any]]:
    """Links to the follower list of each account; the current one is marked."""
    if not request.user.is_staff or not has_perm(request.user, "view_follower"):
        return []
    accounts = accounts_of(request.user)[:SWITCHER_LIMIT]
    address = reverse("admin:followers_follower_changelist")
    here = request.GET.get(ACCOUNT_PARAMETER, "")
    links = [("", _("All accounts"), address)]
    links += [(str(it.pk), it.name, f"{address}?{ACCOUNT_PARAMETER}={it.pk}") for it in accounts]
    return [
        {
            "title": title,
            "link": link,
            "icon": "check" if key == here else "chevron_right",
            "attrs": {"aria-current": "true"} if key == here else {},
        }
        for key, title, link in links
    ]


def current_account(request: HttpRequest) -> str:
    """The site's subtitle: the account that the page is about."""
    if not request.user.is_staff:
        return ""
    pk = request.GET.get(ACCOUNT_PARAMETER, "")
    if not may_view_any(request.user):
        return ""
    if not pk.isdecimal() or len(pk) > 18:
        return _("All accounts")
    accounts = accounts_of(request.user)
    name = accounts.filter(pk=int(pk)).values_list("name", flat=True).first()
    return name or _("All accounts")
