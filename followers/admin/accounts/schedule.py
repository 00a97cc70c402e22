"""The schedule on an account's page: shown, offered after the first sync, and set."""

from datetime import time
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.accounts.access import require_perm
from followers.models import OfficialAccount, SyncRun, SyncSchedule, SyncStage
from followers.schedules.starting import plan
from followers.schedules.times import is_within
from followers.schedules.words import next_due, rhythm, skipped

from ..runs import words as run_words
from ..shared.endpoints import post_only
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.urls import account_url

Every = SyncSchedule.Every
OFFERED = time(3)
TIME = forms.TimeInput({"type": "time"}, format="%H:%M")


class ScheduleForm(forms.ModelForm):
    """What does not belong to the chosen rhythm is ignored and cleared."""

    time = forms.TimeField(label=gettext_lazy("Time"), required=False, widget=TIME)
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Weekday"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        empty_value=None,
        required=False,
    )
    hours = forms.IntegerField(
        label=gettext_lazy("Hours"), min_value=1, max_value=168, required=False
    )
    stages = forms.MultipleChoiceField(
        label=gettext_lazy("What to sync"),
        choices=SyncStage.Name.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose what to sync.")},
    )
    details_from = forms.TimeField(label=gettext_lazy("From"), required=False, widget=TIME)
    details_until = forms.TimeField(label=gettext_lazy("Until"), required=False, widget=TIME)

    class Meta:
        model = SyncSchedule
        fields = [
            "every",
            "time",
            "weekday",
            "hours",
            "stages",
            "details_from",
            "details_until",
            "paused",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["stages"] = self.instance.stages or list(SyncStage.Name.values)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        needed = {Every.DAY: ["time"], Every.WEEK: ["time", "weekday"], Every.HOURS: ["hours"]}
        fields = needed.get(data.get("every", ""), [])
        for name in ("time", "weekday", "hours"):
            if name not in fields:
                data[name] = None
                self.errors.pop(name, None)
            elif data.get(name) is None and name not in self.errors:
                self.add_error(name, MISSING[name])
        self._clean_hours_of_details(data)
        if set(data.get("stages", [])) == set(SyncStage.Name.values):
            # All of them, also those that a later release may add.
            data["stages"] = []
        return data

    def _clean_hours_of_details(self, data: dict[str, Any]) -> None:
        begins, ends, at = (data.get(name) for name in ("details_from", "details_until", "time"))
        if begins is None and ends is None:
            return
        if begins is None or ends is None:
            self.add_error("details_until", _("Give both times, or none."))
        elif begins == ends:
            self.add_error("details_until", _("These hours are empty; choose another end."))
        elif (
            at is not None
            and "details" in data.get("stages", [])
            and not is_within(begins, ends, at)
        ):
            text = _("The sync at %(time)s would never read details: include its time.")
            self.add_error("details_until", text % {"time": f"{at:%H:%M}"})


MISSING = {
    "time": gettext_lazy("At what time?"),
    "weekday": gettext_lazy("On which day?"),
    "hours": gettext_lazy("Every how many hours? From 1 to 168."),
}


def schedule_of(account: OfficialAccount) -> SyncSchedule | None:
    return SyncSchedule.objects.filter(account=account).first()


def schedule_context(account: OfficialAccount, latest: SyncRun | None) -> dict[str, Any]:
    """Context of schedule.html, a part of the account's panel."""
    schedule = schedule_of(account)
    if schedule is None:
        has_succeeded = SyncRun.objects.filter(account=account, status=SyncRun.Status.SUCCEEDED)
        return {"schedule": None, "offers_schedule": latest is not None and has_succeeded.exists()}
    why, advice = skipped(schedule)
    if latest and latest.status == SyncRun.Status.SUCCEEDED and _is_later(latest, schedule):
        # By hand: what kept the schedule from starting is mended.
        why, advice = "", ""
    return {
        "schedule": schedule,
        "rhythm": rhythm(schedule),
        "next_due": next_due(schedule),
        "skipped": why,
        "skipped_advice": advice,
        "last_run": run_words.sync_card(last) if (last := _last_scheduled(account)) else None,
    }


def _last_scheduled(account: OfficialAccount) -> SyncRun | None:
    runs = SyncRun.objects.filter(account=account, due_at__isnull=False)
    return runs.select_related("account").order_by("-due_at").first()


def _is_later(run: SyncRun, schedule: SyncSchedule) -> bool:
    ended, skipped_at = run.finished_at, schedule.skipped_at
    return ended is not None and skipped_at is not None and ended > skipped_at


def set_schedule(
    model_admin: OwnObjectsAdmin, request: HttpRequest, object_id: int
) -> HttpResponseBase:
    """The page with the form; saving leads back to the account."""
    require_perm(request.user, "sync_officialaccount")
    account: OfficialAccount = model_admin.own_object(request, object_id)
    require_perm(request.user, "sync_officialaccount", account)
    schedule = schedule_of(account) or SyncSchedule(account=account, time=OFFERED)
    form = ScheduleForm(request.POST if request.method == "POST" else None, instance=schedule)
    if request.method == "POST" and form.is_valid():
        return _save(request, form.save(commit=False))
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Schedule of %(account)s") % {"account": account.name},
        "account": account,
        "form": form,
        "hours": [form["details_from"], form["details_until"]],
        "zone": settings.TIME_ZONE,
    }
    return TemplateResponse(request, "admin/followers/officialaccount/schedule_page.html", context)


@post_only("sync_officialaccount")
def answer_offer(
    model_admin: OwnObjectsAdmin, request: HttpRequest, account: OfficialAccount
) -> HttpResponseBase:
    """Every day at three, or "no, thank you": then it is not offered again."""
    if schedule_of(account) is not None:
        return HttpResponseRedirect(account_url(account))
    paused = request.POST.get("answer") != "yes"
    return _save(request, SyncSchedule(account=account, time=OFFERED, paused=paused))


def _save(request: HttpRequest, schedule: SyncSchedule) -> HttpResponseBase:
    plan(schedule)
    if schedule.paused:
        text = _("It is synced only when somebody asks for it.")
    else:
        text = _("Saved. Next sync: %(time)s.") % {"time": next_due(schedule)}
    messages.success(request, text)
    return HttpResponseRedirect(account_url(schedule.account))
