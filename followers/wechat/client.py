"""The WeChat API: one method per endpoint, plain values out.

The methods raise the errors of errors.py, and ValueError where a list of openids or of days is
empty or too long. caller.py retries, renews a refused token once, and keeps the deadline of the
whole call.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from . import datacube, decoding, paths, profiles
from .caller import Caller, Parse, Request, T
from .datacube import CumulateRow, Row, SummaryRow
from .decoding import OpenidPage, Quota, TagInfo
from .errors import Retriable
from .limits import BATCHGET_LIMIT, BLOCKING_LIMIT, MAX_STATISTICS_DAYS, TAGGING_LIMIT
from .profiles import Profile

# Only affects country and province, which are blank nowadays.
LANG = "zh_CN"


class Client(Caller):
    """The endpoints of the API.

    Changes are retried after temporary errors, because they are idempotent, except `create_tag`.
    Make one change of tags at a time for each account: WeChat answers parallel ones with 45159.
    """

    # Reference: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_getfans
    def user_get(self, next_openid: str = "") -> OpenidPage:
        """Up to 10,000 openids after `next_openid`, "" for the first page.

        Blank openids are removed, repeated ones are not.
        """
        query = {"next_openid": next_openid} if next_openid else {}
        return self._call(Request("GET", paths.USER_GET, query), decoding.openid_page)

    # Reference: https://developers.weixin.qq.com/doc/service/api/apimanage/api_getapiquota.html
    def quota_get(self, cgi_path: str) -> Quota:
        """Today's quota of one path, which begins with a slash and names no host."""
        return self._post(paths.QUOTA_GET, {"cgi_path": cgi_path}, decoding.quota)

    # Reference: https://developers.weixin.qq.com/doc/service/api/base/api_getcallbackip
    def callback_ips(self) -> list[str]:
        """The IP addresses of WeChat's servers; a cheap call to test a token."""
        return self._call(Request("GET", paths.CALLBACK_IP), decoding.ip_list)

    # Reference: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_userinfo
    def user_info(self, openid: str) -> Profile:
        """One profile; raises a Retriable "shape" for a profile with another openid."""

        def parse(answer: dict[str, Any]) -> Profile:
            if (profile := profiles.parse_profile(answer)).openid != openid:
                raise Retriable("shape", params={"reason": "expected the profile asked for"})
            return profile

        return self._call(Request("GET", paths.USER_INFO, {"openid": openid, "lang": LANG}), parse)

    # Reference: https://developers.weixin.qq.com/doc/subscription/api/usermanage/userinfo/api_batchuserinfo
    def batchget(self, openids: Sequence[str]) -> tuple[Profile, ...]:
        """The profiles of 1 to 100 openids, as received: some may be missing or in another order.

        A single unknown openid fails the whole call with 40003.
        """
        _check_size(openids, BATCHGET_LIMIT)
        user_list = [{"openid": openid, "lang": LANG} for openid in openids]
        return self._post(paths.BATCHGET, {"user_list": user_list}, profiles.parse_profiles)

    # Reference: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_updateremark
    def set_remark(self, openid: str, remark: str) -> None:
        """Set a follower's remark, at most 30 bytes in UTF-8 (else 40092)."""
        body = {"openid": openid, "remark": remark}
        self._post(paths.UPDATE_REMARK, body, decoding.no_result)

    # Reference: https://developers.weixin.qq.com/doc/offiaccount/en/User_Management/User_Tag_Management.html
    def tags_get(self) -> tuple[TagInfo, ...]:
        """All tags of the account; of the system tags 0 to 2, usually only 2."""
        return self._call(Request("GET", paths.TAGS_GET), decoding.tags)

    # Reference: https://developers.weixin.qq.com/doc/service/api/usermanage/tag/api_gettagfans
    def tag_followers(self, tag_id: int, next_openid: str = "") -> OpenidPage:
        """A page of the followers that have a tag, after `next_openid`; without a total.

        45159, "no such tag", may be temporary: check with `tags_get` whether the tag exists.
        """
        body = {"tagid": tag_id, "next_openid": next_openid}
        return self._post(paths.TAG_FOLLOWERS, body, decoding.openid_page)

    # Reference: https://developers.weixin.qq.com/doc/subscription/api/usermanage/tag/api_createtag
    def create_tag(self, name: str) -> TagInfo:
        """Create a tag with a unique name of at most 30 bytes in UTF-8 (else 45158).

        Not retried: after a Retriable, the tag may exist. Check with `tags_get` before another
        call, which would be refused with 45157 if it does.
        """
        request = Request("POST", paths.TAGS_CREATE, body={"tag": {"name": name}}, may_retry=False)
        return self._call(request, decoding.new_tag)

    # Reference: https://developers.weixin.qq.com/doc/offiaccount/en/User_Management/User_Tag_Management.html
    def rename_tag(self, tag_id: int, name: str) -> None:
        """Rename a tag. After 45157, check with `tags_get`: an earlier try may have succeeded."""
        body = {"tag": {"id": tag_id, "name": name}}
        self._post(paths.TAGS_UPDATE, body, decoding.no_result)

    # Reference: https://developers.weixin.qq.com/doc/subscription/api/usermanage/tag/api_deletetag.md
    def delete_tag(self, tag_id: int) -> None:
        """Delete a tag of at most 100,000 followers (else 45057).

        After 45159, check with `tags_get`: an earlier try may have succeeded.
        """
        self._post(paths.TAGS_DELETE, {"tag": {"id": tag_id}}, decoding.no_result)

    # Reference: https://developers.weixin.qq.com/doc/service/api/usermanage/tag/api_batchtagging
    def tag(self, tag_id: int, openids: Sequence[str]) -> None:
        """Add a tag to 1 to 50 followers; if WeChat refuses one of them, the whole call fails.

        45159 may be temporary: WeChat also returns it while it is busy with other tags. Before
        another call, check with `tags_get` whether the tag exists.
        """
        self._change_tag(paths.BATCH_TAGGING, tag_id, openids)

    # Reference: https://developers.weixin.qq.com/doc/service/en/api/usermanage/tag/api_batchuntagging.html
    def untag(self, tag_id: int, openids: Sequence[str]) -> None:
        """Remove a tag from 1 to 50 followers; 45159 as for `tag`."""
        self._change_tag(paths.BATCH_UNTAGGING, tag_id, openids)

    # Reference: https://developers.weixin.qq.com/doc/subscription/api/usermanage/userinfo/api_getblacklist
    def blacklist(self, begin_openid: str = "") -> OpenidPage:
        """A page of the blacklist after `begin_openid`; pages vary in size (1,000 or 10,000)."""
        path, body = paths.GET_BLACKLIST, {"begin_openid": begin_openid}
        return self._post(path, body, decoding.openid_page)

    # Reference: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_batchblacklist
    def block(self, openids: Sequence[str]) -> None:
        """Add 1 to 20 followers to the blacklist."""
        self._change_blacklist(paths.BATCH_BLACKLIST, openids)

    # Reference: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_batchunblacklist
    def unblock(self, openids: Sequence[str]) -> None:
        """Remove 1 to 20 followers from the blacklist."""
        self._change_blacklist(paths.BATCH_UNBLACKLIST, openids)

    # Reference: https://developers.weixin.qq.com/doc/service/api/wedata/user/api_getusersummary
    def user_summary(self, first: date, last: date) -> tuple[SummaryRow, ...]:
        """Who followed and left from `first` to `last`, 1 to 7 days of Beijing, by source.

        Days and sources without rows were quiet, or yesterday is not counted yet: 61503 before
        08:00 in Beijing, and sometimes an empty list.
        """
        return self._statistics(paths.DATACUBE_SUMMARY, first, last, datacube.summary_row)

    # Reference: https://developers.weixin.qq.com/doc/service/en/Analytics/User_Analysis_Data_Interface.html
    def user_cumulate(self, first: date, last: date) -> tuple[CumulateRow, ...]:
        """How many followed at the end of each day; days and missing rows as `user_summary`."""
        return self._statistics(paths.DATACUBE_CUMULATE, first, last, datacube.cumulate_row)

    def _post(self, path: str, body: dict[str, Any], parse: Parse[T]) -> T:
        return self._call(Request("POST", path, body=body), parse)

    def _change_tag(self, path: str, tag_id: int, openids: Sequence[str]) -> None:
        _check_size(openids, TAGGING_LIMIT)
        self._post(path, {"openid_list": list(openids), "tagid": tag_id}, decoding.no_result)

    def _change_blacklist(self, path: str, openids: Sequence[str]) -> None:
        _check_size(openids, BLOCKING_LIMIT)
        self._post(path, {"openid_list": list(openids)}, decoding.no_result)

    def _statistics(
        self, path: str, first: date, last: date, parse_row: Callable[[Any], Row]
    ) -> tuple[Row, ...]:
        _check_days(first, last)
        body = {"begin_date": first.isoformat(), "end_date": last.isoformat()}
        return self._post(path, body, lambda answer: datacube.rows(answer, parse_row, first, last))


def _check_days(first: date, last: date) -> None:
    """Raise ValueError for days that WeChat would refuse with 61501."""
    if not 1 <= (days := (last - first).days + 1) <= MAX_STATISTICS_DAYS:
        raise ValueError(f"expected 1 to {MAX_STATISTICS_DAYS} days, not {days}")


def _check_size(openids: Sequence[str], limit: int) -> None:
    """Raise ValueError for lists that WeChat would refuse with 40032, including empty ones."""
    if not 1 <= len(openids) <= limit:
        raise ValueError(f"expected 1 to {limit} openids, not {len(openids)}")
