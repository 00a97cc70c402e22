"""What surrounds every page: the sidebar, the account switcher, the number of things to do."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

from followers.accounts.access import accounts_of, has_perm
from followers.models import OfficialAccount, SyncRun

# More would make a menu that nobody reads; the account list has them all.
SWITCHER_LIMIT = 20
ACCOUNT_PARAMETER = "account__id__exact"
# Whoever may see one kind of these is told the names of the accounts that they belong to.
OF_ACCOUNTS = (
    "officialaccount",
    "follower",
    "tag",
    "channel",
    "syncrun",
    "editrun",
    "exportlog",
)


def stylesheet(request: HttpRequest) -> str:
    return static("followers/wxadmin.css")


def script(request: HttpRequest) -> str:
    return static("followers/wxadmin.js")


def favicon(request: HttpRequest) -> str:
    return static("followers/favicon.svg")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: only what this user may open."""
    groups: list[dict[str, Any]] = [
        {
            "items": [
                _item(_("Home"), "home", "admin:index"),
                *_allowed(request, "officialaccount", _("Official Accounts"), "storefront"),
                *_allowed(request, "follower", _("Followers"), "group"),
                *_allowed(request, "tag", _("Tags"), "sell"),
                *_allowed(request, "channel", _("Channels"), "qr_code_2"),
                *_allowed(request, "syncrun", _("Sync runs"), "sync", badge=things_to_do(request)),
                *_allowed(request, "editrun", _("Changes"), "edit_note"),
                *_allowed(request, "exportlog", _("Exports"), "download"),
            ]
        }
    ]
    staff = [
        *_staff(request, "user", _("Users"), "person"),
        *_staff(request, "group", _("Groups"), "shield_person"),
    ]
    if staff:
        groups.append({"title": _("Staff"), "separator": True, "items": staff})
    return groups


def _allowed(
    request: HttpRequest, model: str, title: str, icon: str, badge: int = 0
) -> list[dict[str, Any]]:
    if not has_perm(request.user, f"view_{model}"):
        return []
    return [_item(title, icon, f"admin:followers_{model}_changelist", badge)]


def _staff(request: HttpRequest, model: str, title: str, icon: str) -> list[dict[str, Any]]:
    page = admin.site.get_model_admin(apps.get_model("auth", model))
    if not page.has_view_permission(request):
        return []
    return [_item(title, icon, f"admin:auth_{model}_changelist")]


def _item(title: str, icon: str, address: str, badge: int = 0) -> dict[str, Any]:
    item = {"title": title, "icon": icon, "link": reverse(address)}
    return {**item, "badge": badge, "badge_variant": "danger"} if badge else item


def may_view_any(user: Any) -> bool:
    """Whether there is any page for this user that tells the names of their accounts."""
    return any(has_perm(user, f"view_{model}") for model in OF_ACCOUNTS)


def things_to_do(request: HttpRequest) -> int:
    """Runs that wait for a decision, and accounts whose latest run failed."""
    accounts = accounts_of(request.user)
    return reviews(accounts).count() + failures(accounts).count()


def reviews(accounts: QuerySet[OfficialAccount]) -> QuerySet[SyncRun]:
    return SyncRun.objects.filter(status=SyncRun.Status.REVIEW, account__in=accounts)


def failures(accounts: QuerySet[OfficialAccount]) -> QuerySet[OfficialAccount]:
    newest = SyncRun.objects.filter(account=OuterRef("pk")).order_by("-pk")
    return accounts.annotate(latest_status=Subquery(newest.values("status")[:1])).filter(
        Q(latest_status=SyncRun.Status.FAILED)
    )


def account_switcher(request: HttpRequest) -> list[dict[str, Any]]:
    """Links to the follower list of each account, the present one marked."""
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
    """The name below the product's: the account that the page is about."""
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
