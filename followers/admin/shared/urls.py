"""Addresses of the admin's own pages."""

from urllib.parse import urlencode

from django.urls import reverse

from followers.models import OfficialAccount, Run
from followers.segments import subscriptions
from followers.segments.choices import ALL
from followers.segments.filter import ACCOUNT, STATUS
from followers.statistics.days import DayRange


def account_url(account: OfficialAccount) -> str:
    return reverse("admin:followers_officialaccount_change", args=[account.pk])


def sync_url(account: OfficialAccount) -> str:
    return reverse("admin:followers_officialaccount_sync", args=[account.pk])


def run_url(run: Run) -> str:
    """The page of a run of any kind."""
    return reverse(f"admin:followers_{run._meta.model_name}_change", args=[run.pk])


def progress_url(run: Run) -> str:
    """Its progress JSON."""
    return reverse(f"admin:followers_{run._meta.model_name}_progress", args=[run.pk])


def follower_list_url(account: OfficialAccount) -> str:
    """The list of those who follow, which a follower count counts."""
    address = reverse("admin:followers_follower_changelist")
    return f"{address}?account__id__exact={account.pk}"


def people_url(
    account_pk: int | None,
    *,
    began: DayRange | None = None,
    ended: DayRange | None = None,
    source: str | None = None,
    scene: str | None = None,
    still: bool = False,
) -> str:
    """The list of whom a figure counts: people with a subscription of which all of this is true.

    account_pk: None for all of the user's accounts. began, ended: in these days. source, scene: how
    it began, "" where unknown; None for any. still: it has not ended. Whoever of them has left is
    counted by the figure, and so in the list.
    """
    days = {subscriptions.BeganFilter: began, subscriptions.EndedFilter: ended}
    origin = {subscriptions.SOURCE: source, subscriptions.SCENE: scene}
    params = {} if account_pk is None else {ACCOUNT: str(account_pk)}
    for kind, it in days.items():
        if it is not None:
            params |= zip(kind.parameters, (it.first.isoformat(), it.last.isoformat()), strict=True)
    params |= {
        name: subscriptions.origin_param(it) for name, it in origin.items() if it is not None
    }
    if still:
        params[subscriptions.STILL] = "1"
    params[STATUS] = ALL
    return f"{reverse('admin:followers_follower_changelist')}?{urlencode(params)}"
