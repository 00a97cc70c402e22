"""Sample figures, and the pages that show them."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from followers.models import (
    AccountOverlap,
    DailyFigures,
    DayNote,
    HourlyFigures,
    OfficialAccount,
    WeChatDay,
    WeChatFigures,
)


def growth_pages(admin: User, account: OfficialAccount, counted: OfficialAccount) -> dict[str, str]:
    """counted: gets figures of two months, half a year after its baseline."""
    now = timezone.now()
    fill_figures(counted, now)
    DayNote.objects.create(
        account=counted, day=timezone.localdate() - timedelta(days=3), text="群发", author=admin
    )
    pairs = ((account, account), (account, counted), (counted, counted))
    for one, other in pairs:
        AccountOverlap.objects.create(first=one, second=other, people=2, counted_at=now)
    growth, chosen = "/admin/growth", f"?account__id__exact={counted.pk}"
    return {
        "home of an account": f"/admin/{chosen}&period=90d",
        "growth": f"{growth}/{chosen}&compare=before",
        "growth of all": f"{growth}/?account__id__exact=&by=month",
        "growth that cannot be read": f"{growth}/?from=x&to=y",
        "retention": f"{growth}/retention/{chosen}&period=90d",
        "hours": f"{growth}/hours/{chosen}&period=90d",
        "overlap": f"{growth}/overlap/",
        "figures of WeChat": f"{growth}/wechat/{chosen}",
    }


def fill_figures(account: OfficialAccount, now: datetime) -> None:
    today = timezone.localdate(now)
    OfficialAccount.objects.filter(pk=account.pk).update(
        baseline_at=now - timedelta(days=180),
        listed_at=now,
        following=500,
        statistics_zone=settings.TIME_ZONE,
    )
    days = [today - timedelta(days=number) for number in range(60)]
    counts = {"joined": 9, "left": 4, "left_within_30": 2, "left_ever": 3}
    DailyFigures.objects.bulk_create(
        DailyFigures(account=account, day=day, source=source, scene=scene, **counts)
        for day in days
        for source, scene in (("ADD_SCENE_QR_CODE", "1043"), ("", ""))
    )
    HourlyFigures.objects.bulk_create(
        HourlyFigures(account=account, day=day, hour=number % 24, joined=9)
        for number, day in enumerate(days)
    )
    WeChatDay.objects.bulk_create(
        WeChatDay(account=account, day=day, total=500, asked_at=now) for day in days
    )
    WeChatFigures.objects.bulk_create(
        WeChatFigures(account=account, day=day, source=30, joined=18, left=8) for day in days
    )
