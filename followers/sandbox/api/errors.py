"""The refusals of the API: code, text, and the tails that real texts carry."""

import secrets
import time
from typing import Any

MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40014: "invalid access_token",
    40032: "invalid openid list size",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40035: "invalid parameter",
    40066: "invalid url",
    40092: "invalid remark name",
    40125: "invalid appsecret, view more at http://t.cn/RAEkdVq",
    40164: "invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist",
    40243: "AppSecret has been frozen",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41009: "openid missing",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    44002: "empty post data",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit  must  slower  retry next minute",
    45056: "too many tags, please delete some tags first",
    45057: "can't delete the tag that has too many fans",
    45058: "can't modify sys tag",
    45059: "can not tag this user, because this user has too many tags",
    45157: "invalid tag name",
    45158: "tag name too long",
    45159: "invalid tag id",
    45169: "frequent operation, please retry later",
    47001: "data format error",
    48001: "api unauthorized",
    48004: "api forbidden for irregularities",
    49003: "not match openid with appid",
    50002: "user limited",
    76021: "cgi_path not found, please check",
    61004: "access clientip is not registered",
    89503: "this ip call must be confirmed by the administrator of the account",
}
_HINT = " hint: [{hint}]"
# Captured answers with these codes carry a hint, or the caller's address, before the rid.
_TAILS = dict.fromkeys((40001, 40003, 40014, 40032, 42001, 45159), _HINT) | {
    61004: " requestIP: {ip}"
}


def rid(now: float) -> str:
    """A request id as WeChat makes them: the time in hexadecimal, then eight digits twice."""
    return f"{int(now):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"


class Refused(Exception):  # noqa: N818
    """The call is answered with an errcode; `params` fill the text (the caller's IP)."""

    def __init__(self, code: int, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def body(self) -> dict[str, Any]:
        """What is sent, always with HTTP status 200."""
        text = MESSAGES[self.code] + _TAILS.get(self.code, "") + " rid: {rid}"
        params = {
            "ip": "127.0.0.1",
            "hint": f"{secrets.token_urlsafe(6)}.gh-1",
            "rid": rid(time.time()),
        }
        return {"errcode": self.code, "errmsg": text.format(**params | self.params)}
