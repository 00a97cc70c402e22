"""From when to when people have followed, and what the days of an account count."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .accounts import OfficialAccount
from .followers import Follower


class Subscription(models.Model):
    """One period in which somebody followed, half-open; followers.history writes it.

    The columns are those of history.periods.Period, which explains them; a text without a value is
    "". Somebody of the account's first complete list gets a row when they leave: a first sync would
    insert one for every follower. `account`: the follower's own.
    """

    account = models.ForeignKey(
        OfficialAccount, models.CASCADE, related_name="subscriptions", db_index=False
    )
    follower = models.ForeignKey(Follower, models.CASCADE, related_name="subscriptions")
    began_at = models.DateTimeField(null=True)
    began_by = models.CharField(max_length=8, blank=True, default="")
    began_after = models.DateTimeField(null=True)
    source = models.CharField(max_length=64, blank=True, default="")
    scene = models.CharField(max_length=64, blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=8, blank=True, default="")
    ended_after = models.DateTimeField(null=True)
    ended_before = models.DateTimeField(null=True)
    ended_confirmed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["follower"], condition=Q(ended_at=None), name="subscription_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None)
                | Q(began_at=None)
                | Q(ended_at__gte=models.F("began_at")),
                name="subscription_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "began_at"], name="subscription_began"),
            models.Index(
                fields=["account", "ended_at"],
                condition=Q(ended_at__isnull=False),
                name="subscription_ended",
            ),
            models.Index(
                fields=["account", "scene", "began_at"],
                condition=~Q(scene=""),
                name="subscription_scene",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} {self.began_at or ''} – {self.ended_at or ''}"


class DailyFigures(models.Model):
    """What one day counts of an account's subscriptions after its baseline, by how they began.

    joined: those that began on this day. left: those that ended on it. left_within_… and left_ever:
    of those that began on this day, how many ended so many times 24 hours later, or at all.
    `day` is one in the account's `statistics_zone`. followers.history.figures defines the counts.
    """

    account = models.ForeignKey(OfficialAccount, models.CASCADE, db_index=False)
    day = models.DateField()
    source = models.CharField(max_length=64)
    scene = models.CharField(max_length=64)
    joined = models.IntegerField(default=0)
    left = models.IntegerField(default=0)
    left_within_1 = models.IntegerField(default=0)
    left_within_7 = models.IntegerField(default=0)
    left_within_30 = models.IntegerField(default=0)
    left_within_90 = models.IntegerField(default=0)
    left_ever = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "day", "source", "scene"], name="daily_figures_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day} {self.source} {self.scene}"
