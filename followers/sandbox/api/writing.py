"""The endpoints that change something: tags, remarks and the blacklist."""

import re
from typing import Any

from ..options import MAX_CUSTOM_TAGS
from ..people.records import MAX_TAGS, RESERVED_TAG_IDS, Tag
from . import paging
from .calls import Call
from .errors import ApiError, ok

_MAX_NAME_BYTES = 30
_MAX_TAGGED = 50
_MAX_BLOCKED = 20
_ESCAPE = re.compile(rb"\\u[0-9A-Fa-f]{4}")


# https://developers.weixin.qq.com/doc/subscription/api/usermanage/tag/api_createtag
def create_tag(call: Call) -> dict[str, Any]:
    name, records = _name(call), call.account.records
    with call.account.population.lock:
        custom_count = sum(tag_id not in RESERVED_TAG_IDS for tag_id in records.tags)
        if custom_count >= MAX_CUSTOM_TAGS:
            raise ApiError(45056)
        _check_unique(call, name)
        tag = records.create_tag(name)
    return {"tag": {"id": tag.id, "name": tag.name}}


# https://developers.weixin.qq.com/doc/subscription/api/usermanage/tag/api_updatetag
def update_tag(call: Call) -> dict[str, Any]:
    with call.account.population.lock:
        name, tag = _name(call), _custom_tag(call)
        _check_unique(call, name, except_tag_id=tag.id)
        tag.name = name
    return ok()


# https://developers.weixin.qq.com/doc/subscription/api/usermanage/tag/api_deletetag
def delete_tag(call: Call) -> dict[str, Any]:
    records = call.account.records
    with call.account.population.lock:
        tag = _custom_tag(call)
        if records.followers_in(tag.members).total > call.account.options.delete_limit:
            raise ApiError(45057)
        records.delete_tag(tag.id)
    return ok()


# https://developers.weixin.qq.com/doc/service/api/usermanage/tag/api_batchtagging
def tagging(call: Call) -> dict[str, Any]:
    return _tag_members(call, is_member=True)


# https://developers.weixin.qq.com/doc/service/api/usermanage/tag/api_batchuntagging
def untagging(call: Call) -> dict[str, Any]:
    return _tag_members(call, is_member=False)


# https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_updateremark
def update_remark(call: Call) -> dict[str, Any]:
    _check_escapes(call)
    slot, remark = call.follower_slot(call.json_body.get("openid")), call.json_body.get("remark")
    if not isinstance(remark, str) or len(remark.encode()) > call.account.options.remark_limit:
        raise ApiError(40092)
    call.account.records.set_field(slot, remark=remark)
    return ok()


# https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_batchblacklist
def block(call: Call) -> dict[str, Any]:
    return _block_members(call, is_member=True)


# https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_batchunblacklist
def unblock(call: Call) -> dict[str, Any]:
    return _block_members(call, is_member=False)


def _tag_members(call: Call, *, is_member: bool) -> dict[str, Any]:
    records = call.account.records
    call.account.count_tag_write()
    # WeChat's answer to two writes at the same time, although the tag exists.
    if call.has_overlap:
        raise ApiError(45159)
    with call.account.population.lock:
        tag = paging.get_tag(call, call.json_body.get("tagid"))
        slots = _openid_slots(call, _MAX_TAGGED)
        for slot in slots if is_member else ():
            tag_ids = records.tags_of(slot)
            if tag.id not in tag_ids and len(tag_ids) >= MAX_TAGS:
                raise ApiError(45059)
        for slot in slots:
            records.set_member(tag.members, slot, is_member)
    return ok()


def _block_members(call: Call, *, is_member: bool) -> dict[str, Any]:
    records = call.account.records
    with call.account.population.lock:
        for slot in _openid_slots(call, _MAX_BLOCKED):
            records.set_member(records.blacklisted, slot, is_member)
    return ok()


def _openid_slots(call: Call, limit: int) -> list[int]:
    """The slots of `openid_list`. Raises ApiError if one of the openids is invalid."""
    openids = call.json_body.get("openid_list")
    if not isinstance(openids, list) or not 1 <= len(openids) <= limit:
        raise ApiError(40032)
    return [call.follower_slot(openid, foreign_errcode=49003) for openid in openids]


def _tag_of_body(call: Call) -> dict[str, Any]:
    tag = call.json_body.get("tag")
    if not isinstance(tag, dict):
        raise ApiError(40035)
    return tag


def _custom_tag(call: Call) -> Tag:
    tag_id = _tag_of_body(call).get("id")
    if tag_id in RESERVED_TAG_IDS:
        raise ApiError(45058)
    return paging.get_tag(call, tag_id)


def _name(call: Call) -> str:
    _check_escapes(call)
    name = _tag_of_body(call).get("name")
    if not isinstance(name, str) or not name.strip():
        raise ApiError(45157)
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise ApiError(45158)
    return name


def _check_unique(call: Call, name: str, except_tag_id: int | None = None) -> None:
    tags = call.account.records.tags.values()
    if any(tag.name == name and tag.id != except_tag_id for tag in tags):
        raise ApiError(45157)


def _check_escapes(call: Call) -> None:
    if _ESCAPE.search(call.body):
        raise ApiError(40033)
