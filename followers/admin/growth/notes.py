"""Notes on days: what was going on when many came or left."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from followers.accounts.access import has_perm, own_accounts, require_perm
from followers.models import DayNote
from followers.segments.days import parse_day
from followers.segments.texts import printable_text

from .scope import Scope

PERMISSION = "note_officialaccount"
MAX_CHARACTERS = 100
# Of one account: more would cover its chart.
MAX_NOTES_A_DAY = 10


def notes_context(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    """The notes of the period, the newest first, and the form for one more."""
    may_write = has_perm(request.user, PERMISSION)
    return {
        "notes": [
            {
                "day": note.day.isoformat(),
                "text": note.text,
                "account": "" if scope.account else note.account.name,
                "by": str(note.author or note.author_name),
                "delete_url": reverse("delete_day_note", args=[note.pk]) if may_write else "",
            }
            for note in reversed(scope.notes)
        ],
        "may_write_notes": may_write,
        "note_accounts": [(it.pk, it.name) for it in scope.accounts] if may_write else [],
        "note_length": MAX_CHARACTERS,
        "last_day": scope.days.last.isoformat(),
        "here": request.get_full_path(),
    }


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    given = request.POST.get("account", "")
    pk = next((pk for pk in own_accounts(request.user) if str(pk) == given), None)
    if pk is None:
        raise Http404
    require_perm(request.user, "view_growth", pk)
    require_perm(request.user, PERMISSION, pk)
    text = printable_text(" ".join(request.POST.get("text", "").split())).strip()
    day = _day(request.POST.get("day", ""))
    problem = _problem(pk, day, text)
    if problem or day is None:
        messages.error(request, problem)
    else:
        _store(pk, day, text, request.user.pk)
        messages.success(request, _("The note on %(day)s was added.") % {"day": day})
    return _back(request)


def _store(account_id: int, day: date, text: str, author_id: int | None) -> None:
    """Raises Http404 if the account has just been deleted. A second click writes nothing more."""
    note = {"account_id": account_id, "day": day, "text": text}
    try:
        with transaction.atomic():
            DayNote.objects.get_or_create(**note, defaults={"author_id": author_id})
    except IntegrityError:
        raise Http404 from None


def _day(text: str) -> date | None:
    try:
        return parse_day(text)
    except ValueError:
        return None


def _problem(account_id: int, day: date | None, text: str) -> str:
    if day is None:
        return _("Choose the day of the note.")
    if not text:
        return _("Write what happened on this day, such as a broadcast.")
    if len(text) > MAX_CHARACTERS:
        return _("A note has at most %(number)d characters.") % {"number": MAX_CHARACTERS}
    if DayNote.objects.filter(account=account_id, day=day).count() >= MAX_NOTES_A_DAY:
        return _("This day has %(number)d notes already.") % {"number": MAX_NOTES_A_DAY}
    return ""


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    note = DayNote.objects.filter(pk=pk, account__in=own_accounts(request.user)).first()
    if note is None:
        raise Http404
    require_perm(request.user, "view_growth", note.account_id)
    require_perm(request.user, PERMISSION, note.account_id)
    note.delete()
    messages.success(request, _("The note was deleted."))
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    path = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return redirect(path if is_ours and path.startswith("/") else reverse("admin:index"))
