"""The WeChat API: one method per endpoint, plain values out.

`Client.user_get` and its like raise errors of errors.py, and ValueError where a list is too long
or empty. Quick retries, the one renewal of a refused token and the deadline of the whole call
happen in caller.py.
"""

from collections.abc import Sequence
from typing import Any

from . import decoding, paths, profiles
from .caller import Caller, Parse, Request, T
from .decoding import OpenidPage, Quota, TagInfo
from .errors import Retriable
from .limits import BATCHGET_LIMIT, BLOCKING_LIMIT, TAGGING_LIMIT
from .profiles import Profile

# The language of country and province, which are blank nowadays; it changes nothing else.
LANG = "zh_CN"


class Client(Caller):
    """The endpoints. Openids are sent as given; profiles are matched by openid, not by place.

    Changes are repeated quickly after passing trouble, for each says how things shall be and
    may arrive twice; `create_tag` is not. One change of tags at a time for each account: WeChat
    answers 45159 to the others.
    """

    # Reference: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_getfans
    def user_get(self, next_openid: str = "") -> OpenidPage:
        """Up to 10,000 follower ids after the id `next_openid`, "" for the first page.

        Blank ids are dropped, repeated ones kept.
        """
        query = {"next_openid": next_openid} if next_openid else {}
        return self._call(Request("GET", paths.USER_GET, query), decoding.openid_page)

    # Reference: https://developers.weixin.qq.com/doc/service/api/apimanage/api_getapiquota.html
    def quota_get(self, cgi_path: str) -> Quota:
        """Today's quota of one path, which begins with a slash and names no host."""
        return self._post(paths.QUOTA_GET, {"cgi_path": cgi_path}, decoding.quota)

    # Reference: https://developers.weixin.qq.com/doc/service/api/base/api_getcallbackip
    def callback_ips(self) -> list[str]:
        """The addresses that WeChat's messages come from; a cheap way to try a token."""
        return self._call(Request("GET", paths.CALLBACK_IP), decoding.ip_list)

    # Reference: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_userinfo
    def user_info(self, openid: str) -> Profile:
        """One person's profile; a profile of somebody else is a Retriable "shape"."""

        def own(answer: dict[str, Any]) -> Profile:
            if (found := profiles.profile(answer)).openid != openid:
                raise Retriable("shape", params={"reason": "expected the profile asked for"})
            return found

        return self._call(Request("GET", paths.USER_INFO, {"openid": openid, "lang": LANG}), own)

    # Reference: https://developers.weixin.qq.com/doc/subscription/api/usermanage/userinfo/api_batchuserinfo
    def batchget(self, openids: Sequence[str]) -> tuple[Profile, ...]:
        """The profiles of 1 to 100 people, as received: some may be missing, or mixed up.

        One id that WeChat does not know fails them all with 40003.
        """
        _check_size(openids, BATCHGET_LIMIT)
        people = [{"openid": openid, "lang": LANG} for openid in openids]
        return self._post(paths.BATCHGET, {"user_list": people}, profiles.profiles)

    # Reference: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_updateremark
    def set_remark(self, openid: str, remark: str) -> None:
        """Set the account's own name for a follower, at most 30 bytes in UTF-8 (else 40092)."""
        body = {"openid": openid, "remark": remark}
        self._post(paths.UPDATE_REMARK, body, decoding.done)

    # Reference: https://developers.weixin.qq.com/doc/offiaccount/en/User_Management/User_Tag_Management.html
    def tags_get(self) -> tuple[TagInfo, ...]:
        """All tags of the account with their counts; of the built-in 0 to 2 usually only 2."""
        return self._call(Request("GET", paths.TAGS_GET), decoding.tags)

    # Reference: https://developers.weixin.qq.com/doc/service/api/usermanage/tag/api_gettagfans
    def tag_followers(self, tag_id: int, next_openid: str = "") -> OpenidPage:
        """A page of the followers that have a tag, after the id `next_openid`; no total.

        45159, "no such tag", is passing trouble at first: `tags_get` tells whether it is gone.
        """
        body = {"tagid": tag_id, "next_openid": next_openid}
        return self._post(paths.TAG_FOLLOWERS, body, decoding.openid_page)

    # Reference: https://developers.weixin.qq.com/doc/subscription/api/usermanage/tag/api_createtag
    def create_tag(self, name: str) -> TagInfo:
        """Create a tag; its name has at most 30 bytes in UTF-8 (else 45158) and is the only one.

        Tried once. A Retriable leaves open whether the tag exists now: look for its name in
        `tags_get` before another try, which would be refused with 45157 if it does.
        """
        request = Request("POST", paths.TAGS_CREATE, body={"tag": {"name": name}}, once=True)
        return self._call(request, decoding.new_tag)

    # Reference: https://developers.weixin.qq.com/doc/offiaccount/en/User_Management/User_Tag_Management.html
    def rename_tag(self, tag_id: int, name: str) -> None:
        """Rename a tag. After 45157 look at `tags_get`: a try before may have done it."""
        body = {"tag": {"id": tag_id, "name": name}}
        self._post(paths.TAGS_UPDATE, body, decoding.done)

    # Reference: https://developers.weixin.qq.com/doc/subscription/api/usermanage/tag/api_deletetag.md
    def delete_tag(self, tag_id: int) -> None:
        """Delete a tag of at most 100,000 followers (else 45057).

        After 45159 look at `tags_get`: a try before may have done it.
        """
        self._post(paths.TAGS_DELETE, {"tag": {"id": tag_id}}, decoding.done)

    # Reference: https://developers.weixin.qq.com/doc/service/api/usermanage/tag/api_batchtagging
    def tag(self, tag_id: int, openids: Sequence[str]) -> None:
        """Give a tag to 1 to 50 followers; one that WeChat refuses fails them all.

        45159 is passing trouble: it also comes while WeChat is busy with other tags. Whoever
        tries again later looks first whether `tags_get` still has the tag.
        """
        self._change_tag(paths.BATCH_TAGGING, tag_id, openids)

    # Reference: https://developers.weixin.qq.com/doc/service/en/api/usermanage/tag/api_batchuntagging.html
    def untag(self, tag_id: int, openids: Sequence[str]) -> None:
        """Take a tag from 1 to 50 followers; 45159 as for `tag`."""
        self._change_tag(paths.BATCH_UNTAGGING, tag_id, openids)

    # Reference: https://developers.weixin.qq.com/doc/subscription/api/usermanage/userinfo/api_getblacklist
    def blacklist(self, begin_openid: str = "") -> OpenidPage:
        """A page of the blacklist after the id `begin_openid`, of any size (1,000 or 10,000)."""
        path, body = paths.GET_BLACKLIST, {"begin_openid": begin_openid}
        return self._post(path, body, decoding.openid_page)

    # Reference: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_batchblacklist
    def block(self, openids: Sequence[str]) -> None:
        """Put 1 to 20 followers on the blacklist."""
        self._change_blacklist(paths.BATCH_BLACKLIST, openids)

    # Reference: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_batchunblacklist
    def unblock(self, openids: Sequence[str]) -> None:
        """Take 1 to 20 people off the blacklist."""
        self._change_blacklist(paths.BATCH_UNBLACKLIST, openids)

    def _post(self, path: str, body: dict[str, Any], parse: Parse[T]) -> T:
        return self._call(Request("POST", path, body=body), parse)

    def _change_tag(self, path: str, tag_id: int, openids: Sequence[str]) -> None:
        _check_size(openids, TAGGING_LIMIT)
        self._post(path, {"openid_list": list(openids), "tagid": tag_id}, decoding.done)

    def _change_blacklist(self, path: str, openids: Sequence[str]) -> None:
        _check_size(openids, BLOCKING_LIMIT)
        self._post(path, {"openid_list": list(openids)}, decoding.done)


def _check_size(openids: Sequence[str], limit: int) -> None:
    """Refuse what WeChat would answer with 40032, the empty list included."""
    if not 1 <= len(openids) <= limit:
        raise ValueError(f"expected 1 to {limit} openids, not {len(openids)}")
