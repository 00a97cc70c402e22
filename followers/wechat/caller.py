"""How calls are made: tokens, quick retries, one deadline for all of it, and decoded answers.

Everything here raises errors of errors.py and nothing else.
"""

import copy
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple, Self, TypeVar

import requests

from . import decoding, paths
from .errors import Retriable, TokenRefused, refusal
from .faults import TRANSPORT_ERRORS, fault
from .fields import clean
from .scrubbing import Masked, Scrubber, mask_logs
from .tokens import AccessToken, MemoryTokens, TokenStore
from .transport import Deadline, DeadlineAdapter, within

T = TypeVar("T")
Parse = Callable[[dict[str, Any]], T]

BASE_URL = "https://api.weixin.qq.com"
PAUSES = (0.3, 0.9, 2.7)
MAX_BODY = 64 * 1024 * 1024
CHUNK = 64 * 1024
BODY_SHOWN = 200
# Read further than shown and cleaned in between, so that no half of a token is left at the cut.
BODY_READ = 4096
JSON_HEADERS = {"Content-Type": "application/json"}


class Request(NamedTuple):
    """One HTTP request; `body` is sent as JSON.

    once: no quick retries, because a try whose answer was lost may have done its work.
    """

    method: str
    path: str
    query: Mapping[str, str] = {}
    body: Mapping[str, Any] | None = None
    once: bool = False

    def with_token(self, token: str) -> "Request":
        """The same request with the access token, which WeChat takes from the URL only."""
        return self._replace(query={"access_token": token, **self.query})

    def content(self) -> bytes | None:
        """The body's bytes; WeChat refuses \\u escapes (40033) and counts their bytes."""
        if self.body is None:
            return None
        return json.dumps(self.body, ensure_ascii=False).encode()


class Caller:
    """Makes the calls of one account; `Client` names them.

    connect_timeout, read_timeout: seconds for one connection and for one silence.
    deadline: seconds for a whole public call, its retries and a new token included.
    pauses: seconds between quick tries, so there is one try more than pauses; () tries once.
    calls: HTTP requests sent, by path.

    One caller may be used by several threads as far as its token store may.
    """

    def __init__(
        self,
        app_id: str,
        app_secret: str,
        *,
        base_url: str = BASE_URL,
        tokens: TokenStore | None = None,
        connect_timeout: float = 5,
        read_timeout: float = 15,
        deadline: float = 40,
        pauses: tuple[float, ...] = PAUSES,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        mask_logs()
        self.app_id, self._secret = app_id, Masked(app_secret)
        self._base_url = base_url.rstrip("/")
        self._tokens: TokenStore = tokens or MemoryTokens()
        self._times = (deadline, connect_timeout, read_timeout, clock)
        self._pauses, self._sleep = pauses, sleep
        self._scrubber = Scrubber(app_secret)
        self._session = session or new_session()
        self._pinned: str | None = None
        self._counting = threading.Lock()
        self.calls: Counter[str] = Counter()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.app_id!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; those of with_fixed_token copies are the same."""
        self._session.close()

    def take_calls(self) -> Counter[str]:
        """The requests sent since this was last asked, by path; `calls` starts again at zero."""
        with self._counting:
            taken = Counter(self.calls)
            self.calls.clear()
        return taken

    def with_fixed_token(self) -> Self:
        """A copy for threads that must not touch the token store.

        It has the token of now, shares connections and `calls`, and raises TokenRefused at once.
        """
        with self._deadline():
            token = self._token()
        twin = copy.copy(self)
        twin._pinned = token
        return twin

    # Reference: https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken
    def stable_token(self) -> AccessToken:
        """The token in force, or a new one in its last five minutes; never forces a new one.

        Asked this way, WeChat leaves the tokens of other systems alone.
        """
        body = {
            "grant_type": "client_credential",
            "appid": self.app_id,
            "secret": self._secret,
            "force_refresh": False,
        }
        with self._deadline():
            token = self._try(Request("POST", paths.STABLE_TOKEN, body=body), decoding.access_token)
        self._scrubber.learn(token.value)
        return token

    def _call(self, request: Request, parse: Parse[T]) -> T:
        """One call with a token; a refused token is replaced and the call repeated, once."""
        with self._deadline():
            token = self._token()
            try:
                return self._try(request.with_token(token), parse)
            except TokenRefused:
                if self._pinned is not None:
                    raise
            token = self._remember(self._tokens.replace(token, self.stable_token))
            try:
                return self._try(request.with_token(token), parse)
            except TokenRefused as error:
                again = error
            # A token refused as soon as it is new: somebody else renews it too, or WeChat's
            # servers do not agree yet. Both pass, so the caller waits instead of asking on.
            raise Retriable("api", again.code, {**again.params, "renewed": True})

    def _token(self) -> str:
        return self._remember(self._pinned or self._tokens.current(self.stable_token))

    def _remember(self, token: str) -> str:
        self._scrubber.learn(token)
        return Masked(token)

    def _deadline(self) -> AbstractContextManager[Deadline]:
        return within(Deadline(*self._times))

    def _try(self, request: Request, parse: Parse[T]) -> T:
        """Quick tries until one succeeds, the pauses are used up or the deadline is near."""
        with self._deadline() as deadline:
            for pause in (None,) if request.once else (*self._pauses, None):
                try:
                    return parse(self._answer(request))
                except Retriable as error:
                    problem = self._placed(error, request.path)
                if pause is None or pause >= deadline.left():
                    break
                self._sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 (spreads load only)
            # A new error, raised outside of any handler: as its context it would carry the
            # original one, whose text has the URL and with it the token.
            raise problem

    def _placed(self, error: Retriable, path: str) -> Retriable:
        facts = {
            name: self._scrubber.clean(value) if isinstance(value, str) else value
            for name, value in error.params.items()
        }
        return Retriable(error.kind, error.code, {"path": path, **facts}, error.wait)

    def _answer(self, request: Request) -> dict[str, Any]:
        """The decoded answer of one HTTP request; an errcode in it is raised."""
        status, content = self._send(request)
        # A broken answer of the token endpoint may hold a token that nobody knows yet.
        beginning = b"" if request.path == paths.STABLE_TOKEN else content[:BODY_READ]
        excerpt = self._shown(beginning.decode("utf-8", "ignore"))[:BODY_SHOWN]
        if status != 200:
            raise Retriable("http", params={"status": status, "body": excerpt})
        answer = decoding.loads(content)
        if answer is decoding.NOT_JSON:
            raise Retriable("garbage", params={"body": excerpt})
        if code := decoding.errcode(answer):
            errmsg = self._shown(str(answer.get("errmsg", "")))
            asking_for_token = request.path == paths.STABLE_TOKEN
            raise refusal(code, errmsg, request.path, asking_for_token=asking_for_token)
        return answer

    def _shown(self, text: str) -> str:
        """`text` fit for storing and showing: PostgreSQL refuses U+0000 in JSON."""
        return self._scrubber.clean(clean(text))

    def _send(self, request: Request) -> tuple[int, bytes]:
        with self._counting:
            self.calls[request.path] += 1
        try:
            with (
                self._deadline() as deadline,
                self._session.request(
                    request.method,
                    self._base_url + request.path,
                    params=request.query,
                    data=request.content(),
                    headers=JSON_HEADERS if request.body is not None else {},
                    timeout=(deadline.connect_timeout(), deadline.read_timeout()),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                return response.status_code, _read(response)
        except TRANSPORT_ERRORS as error:
            raise fault(error) from None


def _read(response: requests.Response) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(CHUNK):
        content += chunk
        if len(content) > MAX_BODY:
            raise Retriable("garbage", params={"reason": f"more than {MAX_BODY} bytes"})
    return bytes(content)


def new_session() -> requests.Session:
    """A session that keeps deadlines and no cookies; proxies come from the environment."""
    session = requests.Session()
    session.headers["User-Agent"] = "wxadmin"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, DeadlineAdapter())
    return session
