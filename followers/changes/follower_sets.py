"""Sets of an account's followers, to say of many at once whom a change concerns."""

from functools import cached_property

from pyroaring import BitMap64

from ..models import Tag
from ..rows import followers, memberships
from ..wechat.limits import MAX_TAGS_OF_FOLLOWER as MAX_TAGS
from . import rows

# Up to this number each follower is looked up; beyond, whole columns are read.
MAX_CHECKED_ONE_BY_ONE = 10_000


class FollowerSets:
    """Row ids by what is known of them; each set is read once, when it is first asked for.

    `add_tag` and `remove_tag` change the sets, not the database: so the later steps of a run can be
    foretold, which start from what the earlier ones leave.
    """

    def __init__(self, account_id: int, among: BitMap64, additions: int = 1) -> None:
        """among: nobody else is asked about. additions: how many tags are added to each at most,
        not more than WeChat allows.
        """
        self.account_id, self.additions = account_id, additions
        self.among = among if len(among) <= MAX_CHECKED_ONE_BY_ONE else None
        self._bounds = among
        self._tagged: dict[int, BitMap64] = {}

    @cached_property
    def left(self) -> BitMap64:
        return rows.left_ids(self.account_id, self.among)

    @cached_property
    def blacklisted(self) -> BitMap64:
        return followers.blacklisted_ids(self.account_id)

    def tagged(self, tag: Tag | None) -> BitMap64:
        """Those who have the tag. None stands for the one that the run creates."""
        key = tag.pk if tag else 0
        if key not in self._tagged:
            self._tagged[key] = memberships.tagged_ids(key, self.among) if key else BitMap64()
        return self._tagged[key]

    def with_text(self, column: str, text: str) -> BitMap64:
        """Those whose remark or note is this text, which is not ""."""
        return rows.ids_with_text(self.account_id, column, text, self.among)

    def with_any_text(self, column: str) -> BitMap64:
        return rows.ids_with_any_text(self.account_id, column, self.among)

    def with_max_tags(self) -> BitMap64:
        """Those who have as many tags as WeChat allows."""
        full = (who for count, who in self._by_count.items() if count >= MAX_TAGS)
        return BitMap64().union(*full)

    @cached_property
    def _by_count(self) -> dict[int, BitMap64]:
        """By their number of tags; only those who can come to have too many."""
        # Nobody has more tags than there are, the one to be created among them.
        known = Tag.objects.filter(account=self.account_id).count()
        if not self.additions or not self._bounds or known < MAX_TAGS:
            return {}
        least = MAX_TAGS - self.additions + 1
        return rows.ids_by_tag_count(self._bounds, least, one_by_one=self.among is not None)

    # --- what earlier steps will have done --------------------------------------------------------

    def add_tag(self, tag: Tag | None, ids: BitMap64) -> None:
        self._move(ids, 1)
        self._tagged[tag.pk if tag else 0] = self.tagged(tag) | ids

    def remove_tag(self, tag: Tag | None, ids: BitMap64) -> None:
        self._move(ids, -1)
        self._tagged[tag.pk if tag else 0] = self.tagged(tag) - ids

    def _move(self, ids: BitMap64, by: int) -> None:
        """They have one tag more or less. The database is read before it is foretold."""
        moved: dict[int, BitMap64] = {}
        for count, who in self._by_count.items():
            moved[count] = moved.get(count, BitMap64()) | (who - ids)
            moved[count + by] = moved.get(count + by, BitMap64()) | (who & ids)
        self._by_count = moved
