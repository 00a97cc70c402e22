"""Addresses of the admin's own pages."""

from django.urls import reverse

from followers.models import OfficialAccount, SyncRun


def account_url(account: OfficialAccount) -> str:
    return reverse("admin:followers_officialaccount_change", args=[account.pk])


def sync_url(account: OfficialAccount) -> str:
    return reverse("admin:followers_officialaccount_sync", args=[account.pk])


def run_url(run: SyncRun) -> str:
    return reverse("admin:followers_syncrun_change", args=[run.pk])


def follower_list_url(account: OfficialAccount) -> str:
    address = reverse("admin:followers_follower_changelist")
    return f"{address}?account__id__exact={account.pk}"


def current_followers_url(account: OfficialAccount) -> str:
    """The list of present followers, which a follower count counts."""
    return f"{follower_list_url(account)}&subscribed__exact=1"
