"""“Refresh details”: read a few followers from WeChat at once, from the list or a page."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action

from followers.models import Follower
from followers.rows.clock import db_now
from followers.sync.refresh import refresh_profiles
from followers.wechat.limits import BATCHGET_LIMIT

from ..shared.endpoints import post_only
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.throttle import is_throttled


@action(description=gettext_lazy("Refresh details"), permissions=["refresh"])
def refresh_details(
    model_admin: OwnObjectsAdmin, request: HttpRequest, queryset: QuerySet[Follower]
) -> None:
    """Read the ticked followers again, at most as many as one call to WeChat takes."""
    chosen = list(queryset.select_related("account")[: BATCHGET_LIMIT + 1])
    if not chosen:
        messages.error(request, _("None of these followers can be refreshed."))
    elif len(chosen) > BATCHGET_LIMIT:
        text = _("At most %(most)s followers can be refreshed at once.")
        messages.error(request, text % {"most": BATCHGET_LIMIT})
    elif len({follower.account_id for follower in chosen}) > 1:
        text = _("Choose followers of one account: WeChat is asked for each account apart.")
        messages.error(request, text)
    else:
        refresh_and_report(request, chosen)


@post_only("sync_officialaccount")
def refresh_one(
    model_admin: OwnObjectsAdmin, request: HttpRequest, follower: Any
) -> HttpResponseBase:
    refresh_and_report(request, [follower])
    return HttpResponseRedirect(reverse("admin:followers_follower_change", args=[follower.pk]))


def refresh_and_report(request: HttpRequest, followers: Sequence[Follower]) -> None:
    """Refresh followers of one account and show the result as messages."""
    if is_throttled(request, followers[0].account, "refresh"):
        return
    ids = [follower.pk for follower in followers]
    begun = db_now()
    refusal = refresh_profiles(followers[0].account, ids)
    if refusal is not None:
        messages.error(request, f"{refusal.meaning} {refusal.advice}".strip())
        return
    asked = Follower.objects.filter(pk__in=ids)
    read = asked.filter(details_synced_at__gte=begun).count()
    # WeChat sends no details of those who left.
    gone = asked.filter(subscribed=False).exclude(details_synced_at__gte=begun).count()
    text = ngettext(
        "Refreshed the details of %(count)s follower.",
        "Refreshed the details of %(count)s followers.",
        read,
    )
    messages.success(request, text % {"count": read})
    if gone:
        text = ngettext(
            "%(count)s of them no longer follows.", "%(count)s of them no longer follow.", gone
        )
        messages.warning(request, text % {"count": gone})
