"""A run that waits for a person: the question, what speaks for which answer, what each one does."""

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followers.models import SyncRun
from followers.sync import review
from followers.sync.diagnosis import Diagnosis, diagnose
from followers.sync.reasons import describe_evidence

from ..shared.disclosure import NEEDS_VIEW, Disclosure
from ..shared.formats import format_number


@dataclass(frozen=True)
class Answer:
    """What a person can choose: a heading, what it does, and what is asked before it is done.

    label: the button's; button: what it is called once it was asked about.
    """

    title: str
    text: str
    label: str
    confirm: str = ""
    button: str = ""


def question_of(run: SyncRun, shown: Disclosure) -> dict[str, Any]:
    """The numbers that a decision rests on, as `review` found them and as they are shown."""
    found = review.load_evidence(run)
    if not shown.followers:
        found = replace(found, sample=[])
    facts = {name: getattr(found, name) for name in ("known", "gone", "listed", "total")}
    facts |= run.error_params
    why = diagnose(facts)
    if why is Diagnosis.STORED_DIFFERS:
        leaving = found.gone + facts["missing"]
        question = _stored_otherwise(facts)
    else:
        # Who was found to follow after all is not marked, whatever the answer.
        leaving = max(found.gone - (facts.get("still") or 0), 0)
        question = _has_left(facts, leaving, believed=why.should_apply)
    return {
        **question,
        "evidence": found,
        "needs_view": "" if shown.followers else NEEDS_VIEW,
        "leaving": format_number(leaving),
        "shown": format_number(len(found.sample)),
        "why": describe_evidence(facts),
        "apply_is_best": why.should_apply,
    }


def _has_left(facts: dict[str, Any], leaving: int, *, believed: bool) -> dict[str, Any]:
    """Whether those who are missing from the list have left."""
    numbers = (
        (facts["known"], _("known followers")),
        (facts["listed"], _("listed by WeChat now")),
        (facts["total"], _("WeChat's own count")),
        (facts["gone"], _("no longer listed")),
    )
    return {
        "question": _is_it_so(facts["gone"]),
        "numbers": [(format_number(number), label) for number, label in numbers],
        "apply": _marking(facts["gone"], format_number(leaving), believed=believed),
        "until_then": _(
            "Whoever may sync this account decides; until then, nobody is marked as unfollowed."
        ),
        "discard": Answer(
            _("No, discard it"),
            _("Nobody is marked as unfollowed. New followers that were found stay stored."),
            _("Discard the result"),
            _("Discard this result? The followers stay as they are."),
            _("Discard"),
        ),
    }


def _is_it_so(gone: int) -> str:
    if not gone:
        return _("Is this list complete?")
    return ngettext(
        "Has %(shown)s person really unfollowed?", "Have %(shown)s people really unfollowed?", gone
    ) % {"shown": format_number(gone)}


def _marking(gone: int, leaving: str, *, believed: bool) -> Answer:
    if not gone:
        text = _("The list counts as it is; nobody is marked as unfollowed.")
        return Answer(_("Yes, it is complete"), text, _("Apply the result"))
    if believed:
        text = _("Marks %(leaving)s followers as unfollowed.")
    else:
        text = _(
            "Marks %(leaving)s followers as unfollowed. Choose this only if you know why, for "
            "example after a clean-up of the account."
        )
    facts = {"leaving": leaving}
    confirm = _("Mark %(leaving)s followers as unfollowed?") % facts
    return Answer(
        _("Yes, they have left"),
        text % facts,
        _("Apply the result"),
        confirm,
        _("Mark as unfollowed"),
    )


def _stored_otherwise(facts: dict[str, Any]) -> dict[str, Any]:
    """Whether the list, or what is stored, is right about those whom nothing explains."""
    numbers = (
        (facts["here"], _("follow here")),
        (facts["listed"], _("listed by WeChat now")),
        (facts["newer"], _("explained by newer knowledge")),
        (facts["gone"] + facts["missing"], _("not explained")),
    )
    text = _(
        "Marks %(left)s followers as unfollowed and %(back)s as following again, as WeChat has it."
    )
    which = {"left": format_number(facts["gone"]), "back": format_number(facts["missing"])}
    return {
        "question": _("What is stored here and WeChat's list do not agree"),
        "numbers": [(format_number(number), label) for number, label in numbers],
        "apply": Answer(
            _("Believe WeChat's list"),
            text % which,
            _("Believe WeChat's list"),
            _("Change these followers as WeChat has them?"),
            _("Believe WeChat's list"),
        ),
        "until_then": _(
            "Whoever may sync this account decides; until then, the followers stay as they are."
        ),
        "discard": Answer(
            _("Leave it as it is"),
            _("Nobody is changed. The next sync checks again."),
            _("Leave it as it is"),
            _("Leave the difference as it is? The followers stay as they are."),
            _("Leave it as it is"),
        ),
    }
