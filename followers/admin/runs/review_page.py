"""The page of a run in review: question, evidence, and what each answer does."""

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
class Choice:
    """A possible answer: heading, effect, and the question that confirms it.

    label: of the button; button: of the button that confirms.
    """

    title: str
    text: str
    label: str
    confirm: str = ""
    button: str = ""


def review_context(run: SyncRun, shown: Disclosure) -> dict[str, Any]:
    """The evidence of `sync.review` in words and numbers."""
    found = review.load_evidence(run)
    if not shown.followers:
        found = replace(found, sample=[])
    facts = {name: getattr(found, name) for name in ("known", "gone", "listed", "total")}
    facts |= run.error_params
    why = diagnose(facts)
    if why is Diagnosis.STORED_DIFFERS:
        leaving = found.gone + facts["missing"]
        question = _question_of_difference(facts)
    else:
        # Confirmed followers are not marked, whatever the answer.
        leaving = max(found.gone - (facts.get("still") or 0), 0)
        question = _question_of_unfollows(facts, leaving, believed=why.should_apply)
    return {
        **question,
        "evidence": found,
        "needs_view": "" if shown.followers else NEEDS_VIEW,
        "leaving": format_number(leaving),
        "shown": format_number(len(found.sample)),
        "why": describe_evidence(facts),
        "apply_is_best": why.should_apply,
    }


def _question_of_unfollows(
    facts: dict[str, Any], leaving: int, *, believed: bool
) -> dict[str, Any]:
    """The question whether the followers missing from the list have left."""
    numbers = (
        (facts["known"], _("known followers")),
        (facts["listed"], _("listed by WeChat now")),
        (facts["total"], _("WeChat's own count")),
        (facts["gone"], _("no longer listed")),
    )
    return {
        "question": _unfollow_question(facts["gone"]),
        "numbers": [(format_number(number), label) for number, label in numbers],
        "apply": _apply_choice(facts["gone"], format_number(leaving), believed=believed),
        "until_then": _(
            "Whoever may sync this account decides; until then, nobody is marked as unfollowed."
        ),
        "discard": Choice(
            _("No, discard it"),
            _("Nobody is marked as unfollowed. New followers that were found stay stored."),
            _("Discard the result"),
            _("Discard this result? The followers stay as they are."),
            _("Discard"),
        ),
    }


def _unfollow_question(gone: int) -> str:
    if not gone:
        return _("Is this list complete?")
    return ngettext(
        "Has %(shown)s person really unfollowed?", "Have %(shown)s people really unfollowed?", gone
    ) % {"shown": format_number(gone)}


def _apply_choice(gone: int, leaving: str, *, believed: bool) -> Choice:
    if not gone:
        text = _("The list counts as it is; nobody is marked as unfollowed.")
        return Choice(_("Yes, it is complete"), text, _("Apply the result"))
    if believed:
        text = _("Marks %(leaving)s followers as unfollowed.")
    else:
        text = _(
            "Marks %(leaving)s followers as unfollowed. Choose this only if you know why, for "
            "example after a clean-up of the account."
        )
    facts = {"leaving": leaving}
    confirm = _("Mark %(leaving)s followers as unfollowed?") % facts
    return Choice(
        _("Yes, they have left"),
        text % facts,
        _("Apply the result"),
        confirm,
        _("Mark as unfollowed"),
    )


def _question_of_difference(facts: dict[str, Any]) -> dict[str, Any]:
    """The question whether the list or the stored rows are right about unexplained differences."""
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
        "apply": Choice(
            _("Believe WeChat's list"),
            text % which,
            _("Believe WeChat's list"),
            _("Change these followers as WeChat has them?"),
            _("Believe WeChat's list"),
        ),
        "until_then": _(
            "Whoever may sync this account decides; until then, the followers stay as they are."
        ),
        "discard": Choice(
            _("Leave it as it is"),
            _("Nobody is changed. The next sync checks again."),
            _("Leave it as it is"),
            _("Leave the difference as it is? The followers stay as they are."),
            _("Leave it as it is"),
        ),
    }
