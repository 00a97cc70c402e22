"""The simulated endpoints: one function each, listed in ENDPOINTS."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from . import datacube, paging, paths, reading, writing
from .account import Account
from .calls import Call
from .errors import ApiError, ok


@dataclass(frozen=True)
class Endpoint:
    method: str
    respond: Callable[[Call], dict[str, Any]]
    needs_token: bool = True


def _authenticate(call: Call, credentials: dict[str, Any], wrong_secret_errcode: int) -> Account:
    for key, missing_errcode in (("appid", 41002), ("secret", 41004)):
        if not credentials.get(key):
            raise ApiError(missing_errcode)
    if credentials.get("grant_type") != "client_credential":
        raise ApiError(40002)
    account = call.accounts.get(str(credentials["appid"]))
    if account is None:
        raise ApiError(40013)
    if credentials["secret"] != account.app_secret:
        raise ApiError(wrong_secret_errcode)
    account.count_call(call.path)
    return account


# https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken
def stable_token(call: Call) -> dict[str, Any]:
    account = _authenticate(call, call.json_body, wrong_secret_errcode=40125)
    force = call.json_body.get("force_refresh") is True
    value, expires_in = account.tokens.issue_stable(force=force)
    return {"access_token": value, "expires_in": expires_in}


# https://developers.weixin.qq.com/doc/service/api/base/api_getaccesstoken
def classic_token(call: Call) -> dict[str, Any]:
    account = _authenticate(call, call.query, wrong_secret_errcode=40001)
    value, expires_in = account.tokens.issue_classic()
    return {"access_token": value, "expires_in": expires_in}


# https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_the_WeChat_server_IP_address.html
def callback_ip(call: Call) -> dict[str, Any]:
    return {"ip_list": ["101.89.47.18", "101.91.34.103", "101.226.103.0/25"]}


# https://developers.weixin.qq.com/doc/service/api/base/api_getapidomainip
def api_domain_ip(call: Call) -> dict[str, Any]:
    return {"ip_list": ["101.89.47.18", "101.91.34.103", "182.254.23.39"]}


# https://developers.weixin.qq.com/doc/service/api/apimanage/api_getapiquota.html
def quota_get(call: Call) -> dict[str, Any]:
    path = call.json_body.get("cgi_path")
    if not isinstance(path, str) or path not in ENDPOINTS:
        raise ApiError(76021)
    return ok() | {
        "quota": asdict(call.account.quota(path)),
        "rate_limit": {"call_count": 6000, "refresh_second": 60},
        "component_rate_limit": {"call_count": 0, "refresh_second": 0},
    }


ENDPOINTS = {
    paths.STABLE_TOKEN: Endpoint("POST", stable_token, needs_token=False),
    paths.CLASSIC_TOKEN: Endpoint("GET", classic_token, needs_token=False),
    paths.CALLBACK_IP: Endpoint("GET", callback_ip),
    paths.API_DOMAIN_IP: Endpoint("GET", api_domain_ip),
    paths.QUOTA_GET: Endpoint("POST", quota_get),
    paths.DATACUBE_SUMMARY: Endpoint("POST", datacube.user_summary),
    paths.DATACUBE_CUMULATE: Endpoint("POST", datacube.user_cumulate),
    paths.USER_GET: Endpoint("GET", reading.user_get),
    paths.USER_INFO: Endpoint("GET", reading.user_info),
    paths.BATCHGET: Endpoint("POST", reading.batchget),
    paths.TAGS_GET: Endpoint("GET", reading.tags_get),
    # https://developers.weixin.qq.com/doc/service/api/usermanage/tag/api_gettagfans
    paths.TAG_FOLLOWERS: Endpoint("POST", paging.page),
    paths.TAGS_GETIDLIST: Endpoint("POST", reading.tags_getidlist),
    # https://developers.weixin.qq.com/doc/subscription/api/usermanage/userinfo/api_getblacklist
    paths.BLACKLIST: Endpoint("POST", paging.page),
    paths.TAG_CREATE: Endpoint("POST", writing.create_tag),
    paths.TAG_UPDATE: Endpoint("POST", writing.update_tag),
    paths.TAG_DELETE: Endpoint("POST", writing.delete_tag),
    paths.TAGGING: Endpoint("POST", writing.tagging),
    paths.UNTAGGING: Endpoint("POST", writing.untagging),
    paths.UPDATE_REMARK: Endpoint("POST", writing.update_remark),
    paths.BLOCK: Endpoint("POST", writing.block),
    paths.UNBLOCK: Endpoint("POST", writing.unblock),
}


def answer(call: Call) -> dict[str, Any]:
    """The answer to a call without faults. Raises ApiError."""
    endpoint = ENDPOINTS.get(call.path)
    if endpoint is None:
        raise ApiError(40066)
    if call.method != endpoint.method:
        raise ApiError(43001 if endpoint.method == "GET" else 43002)
    if endpoint.needs_token:
        call.account.tokens.check(call.query.get("access_token", ""))
        call.account.count_call(call.path)
    return endpoint.respond(call)
