"""What a page may tell of followers and tags to somebody who may see it for another reason.

Runs, exports and the home page name people, remarks, notes and tags; seeing a run is no permission
to see these.
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
    """followers: openids, remarks, notes, what was searched for; tags: the names of tags."""

    followers: bool
    tags: bool

    def names(self, action: str) -> bool:
        """Whether what this kind of change is about may be named: its text or its tag."""
        told = {"": True, "tag": self.tags, "text": self.followers}
        return told[kind_of(action).subject]


# For pages that only those open who may see followers.
EVERYTHING = Disclosure(followers=True, tags=True)


def disclosure(request: HttpRequest) -> Disclosure:
    user = request.user
    return Disclosure(followers=has_perm(user, "view_follower"), tags=has_perm(user, "view_tag"))


def explained(thing: Run | SyncStage, shown: Disclosure) -> Explanation:
    """`describe`, without the names of tags where they are not to be told."""
    if "names" in thing.error_params and not shown.tags:
        thing = copy.copy(thing)
        thing.error_params = {**thing.error_params, "names": "…"}
    return describe(thing)
