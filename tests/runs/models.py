"""A kind of run that is neither a sync nor a change: tea for a number of guests."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from followers.models import Run
from followers.runs.lease import Claim
from followers.runs.stage import NEXT_STAGE, NEXT_STEP, NextAction, Outcome, RunKind
from followers.wechat.client import Client
from followers.wechat.errors import WeChatError


class Brew(Run):
    """Water first, then a cup a step."""

    counted: ClassVar[tuple[str, ...]] = ("poured",)

    boiled = models.BooleanField(default=False)
    cups = models.PositiveIntegerField(default=2)
    poured = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "brew"


class Boiling:
    def __init__(self, run: Brew, client: Client) -> None:
        self.run, self.client = run, client

    def fetch(self, *, is_last_step: bool) -> object:
        return self.client.tags_get()

    def store(self, fetched: object) -> Outcome:
        return NEXT_STAGE

    def on_error(self, error: WeChatError) -> Outcome | None:
        return None

    def close(self) -> None:
        """Nothing is open."""


class Pouring(Boiling):
    def store(self, fetched: object) -> Outcome:
        if self.run.cups > 3:
            return Outcome(NextAction.REVIEW, "many_guests", {"cups": self.run.cups})
        self.run.poured += 1
        return NEXT_STEP if self.run.poured < self.run.cups else NEXT_STAGE


def _open_stage(run: Brew, client: Client) -> Boiling:
    return (Pouring if run.boiled else Boiling)(run, client)


def _end_stage(claim: Claim[Brew], outcome: Outcome) -> None:
    if claim.run.boiled:
        claim.end(Brew.Status.SUCCEEDED)
    else:
        claim.values["boiled"] = True
        claim.hand_over()


def _clean_up(*run_ids: int) -> None:
    Brew.objects.filter(pk__in=run_ids).update(boiled=False)


REASONS = {"many_guests": (_("%(cups)s cups are many."), _("Ask who is thirsty."))}
BREW = RunKind(Brew, _open_stage, _end_stage, _clean_up, REASONS)
