"""Addresses of the admin's own pages."""

from typing import Any

from django.urls import reverse

from followers.models import OfficialAccount, Run


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
    address = reverse("admin:followers_follower_changelist")
    return f"{address}?account__id__exact={account.pk}"


def current_followers_url(account: OfficialAccount) -> str:
    """The list of present followers, which a follower count counts."""
    return f"{follower_list_url(account)}&subscribed__exact=1"


def people_url(
    account_id: int | None,
    *,
    began: tuple[Any, Any] | None = None,
    ended: tuple[Any, Any] | None = None,
    source: str | None = None,
    scene: str | None = None,
    still: bool = False,
) -> str:
    return reverse("admin:followers_follower_changelist")
