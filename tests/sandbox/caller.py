"""A plain caller of the sandbox, over real HTTP."""

import json
from typing import Any, Self

import requests

from followers.sandbox import Sandbox

LIST = "/cgi-bin/user/get"
STABLE = "/cgi-bin/stable_token"
INFO = "/cgi-bin/user/info"
BATCHGET = "/cgi-bin/user/info/batchget"
TAGS = "/cgi-bin/tags/get"
TAG_FOLLOWERS = "/cgi-bin/user/tag/get"
BLACKLIST = "/cgi-bin/tags/members/getblacklist"
CLASSIC = "/cgi-bin/token"


class Caller:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.http = requests.Session()
        self.http.trust_env = False
        self.given = {
            "grant_type": "client_credential",
            "appid": sandbox.app_id,
            "secret": sandbox.app_secret,
        }
        self._token: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.http.close()

    @property
    def token(self) -> str:
        self._token = self._token or self.stable()["access_token"]
        return self._token

    def response(self, path: str, method: str = "GET", **how: Any) -> requests.Response:
        return self.http.request(method, self.sandbox.url + path, timeout=5, **how)

    def get(self, path: str, **params: str) -> Any:
        return self.response(path, params=params).json()

    def post(self, path: str, body: Any, **params: str) -> Any:
        return self.response(path, "POST", json=body, params=params).json()

    def stable(self, **more: Any) -> Any:
        return self.post(STABLE, self.given | more)

    def classic(self, **more: str) -> Any:
        return self.get(CLASSIC, **self.given | more)

    def raw_page(self, cursor: str = "") -> requests.Response:
        return self.response(LIST, params={"access_token": self.token, "next_openid": cursor})

    def page(self, cursor: str = "") -> Any:
        return json.loads(self.raw_page(cursor).content.decode("utf-8", "ignore"), strict=False)

    def info(self, openid: str) -> Any:
        return self.get(INFO, access_token=self.token, openid=openid)

    def call(self, path: str, **body: Any) -> Any:
        """POST with a good token, sent as UTF-8 without escapes."""
        sent = json.dumps(body, ensure_ascii=False).encode()
        return self.response(path, "POST", data=sent, params={"access_token": self.token}).json()

    def batch(self, openids: list[str]) -> Any:
        return self.call(BATCHGET, user_list=[{"openid": one, "lang": "zh_CN"} for one in openids])

    def listed(self, path: str, cursor: str = "next_openid", **body: Any) -> list[Any]:
        """All pages of a list whose cursor stands in the body."""
        pages = [self.call(path, **body)]
        while pages[-1].get("next_openid"):
            pages.append(self.call(path, **body, **{cursor: pages[-1]["next_openid"]}))
        return pages

    def walk(self, most: int = 10) -> list[Any]:
        """Pages until the one without ids, `most` at most."""
        pages, cursor = [], ""
        while len(pages) < most:
            pages.append(self.page(cursor))
            cursor = pages[-1].get("next_openid", "")
            if not cursor:
                break
        return pages


def ids(pages: list[Any]) -> list[str]:
    """The ids of these pages, blank ones left out."""
    return [one for page in pages for one in page.get("data", {}).get("openid", []) if one]
