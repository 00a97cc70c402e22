"""What the form of a change asks for: one change, or several tags, with its plan in words."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import pgettext

from followers.changes.change import Action, Change, ChangeKind
from followers.changes.plan import Plan, check_change, follower_ids, make_plan
from followers.changes.reasons import skip_reason_text
from followers.changes.record import record_steps
from followers.changes.tag_changes import TagChanges, TagsPlan, TagStep, make_tags_plan
from followers.models import EditRun, Follower, OfficialAccount
from followers.segments.texts import printable_text

from ..changes import words as change_words
from ..changes.counts import people_and_steps
from ..changes.idempotency import record_once
from ..changes.start import clean_text, start_change
from ..shared.formats import format_number
from ..shared.labels import isolated_text, tag_label
from .confirmation import plan_context
from .tag_form import ADD, NEW, REMOVE, parse_tags

# Told by a column of their own: how many have the tag, or do not have the one to remove.
NOTHING_TO_DO = ("has_tag", "no_tag")


@dataclass(frozen=True)
class RequestedChange:
    """A remark, a note or the blacklist."""

    account: OfficialAccount
    change: Change

    @property
    def title(self) -> str:
        return change_words.change_title(self.change)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Name and value of the form's fields, to be carried on by the confirmation page."""
        return [("text", self.change.text)] if self.change.kind.subject == "text" else []

    def plan(self, followers: QuerySet[Follower]) -> Plan:
        return make_plan(self.account, followers, self.change)

    def plan_context(self, followers: QuerySet[Follower], *, waiting: bool) -> dict[str, Any]:
        return plan_context(self.plan(followers), self.change, waiting=waiting)

    def start(self, request: HttpRequest, followers: QuerySet[Follower], selection: str) -> EditRun:
        return start_change(request, self.account, followers, self.change, selection)


@dataclass(frozen=True)
class RequestedTags:
    """Tags to add and to remove, in one run."""

    account: OfficialAccount
    wanted: TagChanges

    @property
    def title(self) -> str:
        added = [tag.name for tag in self.wanted.added]
        added += [self.wanted.created] if self.wanted.created else []
        return change_words.tags_title(added, [tag.name for tag in self.wanted.removed])

    @property
    def fields(self) -> list[tuple[str, str]]:
        found = [(ADD, str(tag.pk)) for tag in self.wanted.added]
        found += [(REMOVE, str(tag.pk)) for tag in self.wanted.removed]
        return [*found, (NEW, self.wanted.created)] if self.wanted.created else found

    def plan(self, followers: QuerySet[Follower]) -> Plan:
        return self._plan(followers).overall

    def _plan(self, followers: QuerySet[Follower]) -> TagsPlan:
        return make_tags_plan(self.account, followers, self.wanted)

    def plan_context(self, followers: QuerySet[Follower], *, waiting: bool) -> dict[str, Any]:
        found = self._plan(followers)
        return {
            **plan_context(found.overall, found.steps[0].change, waiting=waiting),
            "tags": [_tag_row(step) for step in found.steps],
            "several": people_and_steps(
                found.overall.selected, len(found.steps) + len(self.wanted.creation)
            ),
        }

    def start(self, request: HttpRequest, followers: QuerySet[Follower], selection: str) -> EditRun:
        def record() -> EditRun:
            steps = self.wanted.steps(follower_ids(self.account, followers))
            return record_steps(self.account, steps, user=request.user, selection=selection)

        return record_once(request, self.account, record)


Requested = RequestedChange | RequestedTags


def parse_request(request: HttpRequest, account: OfficialAccount, kind: ChangeKind) -> Requested:
    """Raises ChangeRefused if it is incomplete, or WeChat would refuse it for everybody."""
    if kind.subject == "tag":
        wanted = parse_tags(request, account)
        wanted.check(account)
        return RequestedTags(account, wanted)
    text = clean_text(request.POST.get("text", "")) if kind.subject == "text" else ""
    change = Change(kind.action, text=text)
    check_change(account, change)
    return RequestedChange(account, change)


def _tag_row(step: TagStep) -> dict[str, Any]:
    """One line of the confirmation page's table of tags."""
    tag, removes = step.change.tag, step.change.action == Action.UNTAG
    others = {
        str(skip_reason_text(reason)): format_number(number)
        for reason, number in step.skipped.items()
        if reason not in NOTHING_TO_DO
    }
    return {
        "label": tag_label(tag) if tag else isolated_text(step.change.name),
        "name": printable_text(tag.name if tag else step.change.name),
        "is_new": tag is None,
        "removes": removes,
        "what": pgettext("of a tag", "Remove") if removes else pgettext("of a tag", "Add"),
        "will_change": format_number(step.will_change),
        "unchanged": format_number(sum(step.skipped.get(it, 0) for it in NOTHING_TO_DO)),
        "others": list(others.items()),
    }
