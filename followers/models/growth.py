"""What stands beside the daily figures, and which account a user looks at."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .accounts import OfficialAccount


class DayNote(models.Model):
    """What staff noted on a day of an account, such as a broadcast; shown with the figures."""

    account = models.ForeignKey(
        OfficialAccount, models.CASCADE, verbose_name=_("account"), related_name="day_notes"
    )
    day = models.DateField(_("day"))
    text = models.CharField(_("note"), max_length=100)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("written by"), null=True
    )
    # Their name, once they are deleted (followers.accounts.names).
    author_name = models.CharField(max_length=150, default="", db_default="", blank=True)
    created_at = models.DateTimeField(_("written"), auto_now_add=True)

    class Meta:
        verbose_name = _("day note")
        verbose_name_plural = _("day notes")
        ordering = ["day", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "day", "text"], name="daynote_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.text}"


class HourlyFigures(models.Model):
    """How many subscriptions of a day began in each hour of it, where the time is exactly known.

    A page of a list says that somebody follows, not when they came, so those are not counted. `day`
    and `hour` (0 to 23) are those in the account's `statistics_zone`; joined counts as in
    DailyFigures. followers.history.figures keeps both.
    """

    account = models.ForeignKey(OfficialAccount, models.CASCADE, db_index=False)
    day = models.DateField()
    hour = models.PositiveSmallIntegerField()
    joined = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "day", "hour"], name="hourly_figures_once")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day} {self.hour}"


class AccountOverlap(models.Model):
    """How many people, by their unionid, followed two accounts when it was counted.

    first < second. Of an account alone, first = second: how many of its followers have a unionid.
    """

    first = models.ForeignKey(OfficialAccount, models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(OfficialAccount, models.CASCADE, related_name="+")
    people = models.PositiveIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="account_overlap_once"),
            models.CheckConstraint(
                condition=Q(first__lte=models.F("second")), name="account_overlap_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"


class WeChatFigures(models.Model):
    """What WeChat's own statistics say of a day: joined and left by source.

    `day` is one of Beijing. `source`: WeChat's number (`user_source`).
    """

    account = models.ForeignKey(OfficialAccount, models.CASCADE, db_index=False)
    day = models.DateField()
    source = models.IntegerField()
    joined = models.IntegerField(default=0)
    left = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "day", "source"], name="wechat_figures_once")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day} {self.source}"


class WeChatDay(models.Model):
    """A day, of Beijing, that WeChat's own statistics were asked for.

    total: followers at its end as WeChat says, None if it did not say. is_final: it will not be
    asked for again; before that, an answer may have come too early.
    """

    account = models.ForeignKey(OfficialAccount, models.CASCADE, db_index=False)
    day = models.DateField()
    total = models.IntegerField(null=True)
    asked_at = models.DateTimeField()
    is_final = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "day"], name="wechat_day_once")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day}"


class StaffPreference(models.Model):
    """What a user chose for all pages, also after signing in anew.

    account: the one whose figures and lists come first; None: all of theirs.
    language: "" for that of the browser. follower_columns: names of the follower list's columns
    besides the first; empty: those that have anything to show. follower_page_size: its rows on a
    page.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="staff_preference"
    )
    account = models.ForeignKey(OfficialAccount, models.SET_NULL, null=True, related_name="+")
    language = models.CharField(max_length=8, default="", db_default="", blank=True)
    follower_columns = models.JSONField(default=list, blank=True)
    follower_page_size = models.PositiveSmallIntegerField(default=50)

    def __str__(self) -> str:
        return str(self.user_id)
