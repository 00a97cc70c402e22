"""What pages about something else may tell about followers and tags.

Runs, exports and the home page contain openids, remarks, notes and names of tags; permission to
view a run is no permission to view these.
"""

import copy
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from followers.accounts.access import has_perm
from followers.changes.change import kind_of
from followers.models import Run, SyncStage
from followers.runs.messages import Explanation, describe

NEEDS_VIEW = gettext_lazy("To see this, you need the permission to view followers.")


@dataclass(frozen=True)
class Disclosure:
    """followers: openids, remarks, notes and search texts; tags: the names of tags."""

    followers: bool
    tags: bool

    def names(self, action: str) -> bool:
        """Whether the text or tag of this kind of change may be shown."""
        told = {"": True, "tag": self.tags, "text": self.followers}
        return told[kind_of(action).subject]


# For pages that require permission to view followers.
EVERYTHING = Disclosure(followers=True, tags=True)


def disclosure(request: HttpRequest) -> Disclosure:
    user = request.user
    return Disclosure(followers=has_perm(user, "view_follower"), tags=has_perm(user, "view_tag"))


def explained(thing: Run | SyncStage, shown: Disclosure) -> Explanation:
    """`describe`, without names of tags if these may not be shown."""
    if "names" in thing.error_params and not shown.tags:
        thing = copy.copy(thing)
        thing.error_params = {**thing.error_params, "names": "…"}
    return describe(thing)
