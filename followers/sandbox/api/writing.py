"""The endpoints that change something: tags, remarks and the blacklist."""

import re
from typing import Any

from ..options import MAX_OWN_TAGS
from ..people.records import MAX_TAGS, RESERVED, Tag
from . import paging
from .calls import Call
from .errors import Refused, ok

_MAX_NAME_BYTES = 30
_MAX_TAGGED = 50
_MAX_BLOCKED = 20
_ESCAPE = re.compile(rb"\\u[0-9A-Fa-f]{4}")


# https://developers.weixin.qq.com/doc/subscription/api/usermanage/tag/api_createtag
def create_tag(call: Call) -> dict[str, Any]:
    name, records = _name(call), call.account.records
    with call.account.population.lock:
        own = sum(number not in RESERVED for number in records.tags)
        if own >= MAX_OWN_TAGS:
            raise Refused(45056)
        _check_unique(call, name)
        tag = records.create(name)
    return {"tag": {"id": tag.id, "name": tag.name}}


# https://developers.weixin.qq.com/doc/subscription/api/usermanage/tag/api_updatetag
def update_tag(call: Call) -> dict[str, Any]:
    with call.account.population.lock:
        name, tag = _name(call), _own_tag(call)
        _check_unique(call, name, other_than=tag.id)
        tag.name = name
    return ok()


# https://developers.weixin.qq.com/doc/subscription/api/usermanage/tag/api_deletetag
def delete_tag(call: Call) -> dict[str, Any]:
    records = call.account.records
    with call.account.population.lock:
        tag = _own_tag(call)
        if records.followers_in(tag.members).total > call.account.options.delete_limit:
            raise Refused(45057)
        records.delete(tag.id)
    return ok()


# https://developers.weixin.qq.com/doc/service/api/usermanage/tag/api_batchtagging
def tagging(call: Call) -> dict[str, Any]:
    return _tag_members(call, inside=True)


# https://developers.weixin.qq.com/doc/service/api/usermanage/tag/api_batchuntagging
def untagging(call: Call) -> dict[str, Any]:
    return _tag_members(call, inside=False)


# https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_updateremark
def update_remark(call: Call) -> dict[str, Any]:
    _check_escapes(call)
    slot, remark = call.follower_slot(call.json_body.get("openid")), call.json_body.get("remark")
    if not isinstance(remark, str) or len(remark.encode()) > call.account.options.remark_limit:
        raise Refused(40092)
    call.account.records.set_field(slot, remark=remark)
    return ok()


# https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_batchblacklist
def block(call: Call) -> dict[str, Any]:
    return _block_members(call, inside=True)


# https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_batchunblacklist
def unblock(call: Call) -> dict[str, Any]:
    return _block_members(call, inside=False)


def _tag_members(call: Call, *, inside: bool) -> dict[str, Any]:
    records = call.account.records
    call.account.count_tag_write()
    # So WeChat answers to two writes at once, although the tag exists.
    if call.overlaps:
        raise Refused(45159)
    with call.account.population.lock:
        tag = paging.tag(call, call.json_body.get("tagid"))
        slots = _listed(call, _MAX_TAGGED)
        for slot in slots if inside else ():
            had = records.tags_of(slot)
            if tag.id not in had and len(had) >= MAX_TAGS:
                raise Refused(45059)
        for slot in slots:
            records.set_member(tag.members, slot, inside)
    return ok()


def _block_members(call: Call, *, inside: bool) -> dict[str, Any]:
    records = call.account.records
    with call.account.population.lock:
        for slot in _listed(call, _MAX_BLOCKED):
            records.set_member(records.blocked, slot, inside)
    return ok()


def _listed(call: Call, limit: int) -> list[int]:
    """The slots of all people of the body: one bad openid refuses them all."""
    openids = call.json_body.get("openid_list")
    if not isinstance(openids, list) or not 1 <= len(openids) <= limit:
        raise Refused(40032)
    return [call.follower_slot(openid, foreign=49003) for openid in openids]


def _given(call: Call) -> dict[str, Any]:
    tag = call.json_body.get("tag")
    if not isinstance(tag, dict):
        raise Refused(40035)
    return tag


def _own_tag(call: Call) -> Tag:
    number = _given(call).get("id")
    if number in RESERVED:
        raise Refused(45058)
    return paging.tag(call, number)


def _name(call: Call) -> str:
    _check_escapes(call)
    name = _given(call).get("name")
    if not isinstance(name, str) or not name.strip():
        raise Refused(45157)
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise Refused(45158)
    return name


def _check_unique(call: Call, name: str, other_than: int | None = None) -> None:
    tags = call.account.records.tags.values()
    if any(tag.name == name and tag.id != other_than for tag in tags):
        raise Refused(45157)


def _check_escapes(call: Call) -> None:
    if _ESCAPE.search(call.body):
        raise Refused(40033)
