"""The filter by tags."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from django.db.models import Exists, OuterRef
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import FollowerTag, Tag
from .filter import TAG, Condition, Filter, Followers, Params, Scope, shortened


class TagFilter(Filter):
    """Followers with all of the chosen tags."""

    title = gettext_lazy("tags")
    parameters = (TAG,)
    widget = "tags"

    def __init__(self, params: Params, scope: Scope) -> None:
        # The values as they are in the address, too: removing a chip removes exactly these.
        self.values = [value for value in params.get(TAG, ()) if value.strip()]
        self.chosen = list(dict.fromkeys(value.strip() for value in self.values))
        super().__init__(params, scope)

    @cached_property
    def tags(self) -> list[Tag]:
        tags = Tag.objects.filter(account=self.scope.account)
        return list(tags.order_by("-follower_count", "wechat_id")) if self.scope.account else []

    @cached_property
    def names(self) -> Mapping[str, str]:
        known = self.scope.names.get(TAG)
        return {str(tag.pk): tag.name for tag in self.tags} if known is None else known

    @cached_property
    def problem(self) -> str:
        if not self.chosen:
            return ""
        if self.scope.account is None:
            return _("Tags belong to an account: choose one account to filter by tag.")
        unknown = (value for value in self.chosen if value not in self.names)
        if value := next(unknown, ""):
            facts = {"value": Truncator(value).chars(40)}
            return _("This account has no tag “%(value)s”.") % facts
        return ""

    @property
    def is_offered(self) -> bool:
        return self.scope.account is None or bool(self.tags or self.chosen)

    def narrow(self, followers: Followers) -> Followers:
        if not self.chosen:
            return followers
        # A join, because SQLite would collect all followers with the tag first. So the list reads
        # the index of the rarest tag, newest first, and looks up the others.
        sizes = {str(tag.pk): tag.follower_count for tag in self.tags}
        first, *others = map(int, sorted(self.chosen, key=sizes.__getitem__))
        followers = followers.filter(followertag__tag_id=first)
        for tag_id in others:
            having = FollowerTag.objects.filter(tag_id=tag_id, follower_id=OuterRef("pk"))
            followers = followers.filter(Exists(having))
        return followers

    def conditions(self) -> Iterator[Condition]:
        for value in dict.fromkeys(self.values):
            name = shortened(self.names.get(value.strip(), value))
            yield Condition(_("Tag: %(name)s") % {"name": name}, self.parameters, value)
