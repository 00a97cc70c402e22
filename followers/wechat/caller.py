"""Makes calls: access tokens, quick retries, one deadline for the whole call, decoded responses.

Raises only the errors of errors.py.
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
from .errors import Retriable, TokenRefused, errcode_error
from .parsing import clean_text
from .scrubbing import MaskedStr, Scrubber, mask_logs
from .tokens import AccessToken, MemoryTokens, TokenStore
from .transport import Deadline, DeadlineAdapter, enforce_deadline
from .transport_errors import TRANSPORT_ERRORS, as_retriable

T = TypeVar("T")
Parse = Callable[[dict[str, Any]], T]

BASE_URL = "https://api.weixin.qq.com"
RETRY_PAUSES_SECONDS = (0.3, 0.9, 2.7)
MAX_BODY_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
EXCERPT_CHARACTERS = 200
# More than the excerpt is scrubbed before it is cut, so that the cut leaves no part of a token.
SCRUBBED_BYTES = 4096
JSON_HEADERS = {"Content-Type": "application/json"}


class Request(NamedTuple):
    """One HTTP request; `body` is sent as JSON.

    may_retry: False where a try may have succeeded although its response was lost.
    """

    method: str
    path: str
    query: Mapping[str, str] = {}
    body: Mapping[str, Any] | None = None
    may_retry: bool = True

    def with_token(self, token: str) -> "Request":
        """The request with the access token, which WeChat only accepts in the URL."""
        return self._replace(query={"access_token": token, **self.query})

    def body_bytes(self) -> bytes | None:
        """The encoded body; WeChat refuses \\u escapes (40033) and counts their bytes."""
        if self.body is None:
            return None
        return json.dumps(self.body, ensure_ascii=False).encode()


class Caller:
    """Makes the calls of one account; `Client` adds the endpoints.

    connect_timeout, read_timeout: seconds for connecting and for each receive.
    deadline: seconds for a whole public call, including retries and a new token.
    pauses: seconds before each quick retry; () disables retries.
    calls: number of HTTP requests sent, by path.

    Thread-safe if the token store is.
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
        pauses: tuple[float, ...] = RETRY_PAUSES_SECONDS,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        mask_logs()
        self.app_id, self._secret = app_id, MaskedStr(app_secret)
        self._base_url = base_url.rstrip("/")
        self._tokens: TokenStore = tokens or MemoryTokens()
        self._deadline_arguments = (deadline, connect_timeout, read_timeout, clock)
        self._pauses, self._sleep = pauses, sleep
        self._scrubber = Scrubber(app_secret)
        self._session = session or new_session()
        self._fixed_token: str | None = None
        self._calls_lock = threading.Lock()
        self.calls: Counter[str] = Counter()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.app_id!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, which copies made by `with_fixed_token` share."""
        self._session.close()

    def take_calls(self) -> Counter[str]:
        """The number of requests by path since the last call of this method; resets `calls`."""
        with self._calls_lock:
            taken = Counter(self.calls)
            self.calls.clear()
        return taken

    def with_fixed_token(self) -> Self:
        """A copy with the current token, for threads that must not access the token store.

        It shares connections and `calls`, and raises TokenRefused instead of renewing the token.
        """
        with self._deadline():
            token = self._token()
        clone = copy.copy(self)
        clone._fixed_token = token
        return clone

    # Reference: https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken
    def stable_token(self) -> AccessToken:
        """The current token, or a new one in its last five minutes.

        Without `force_refresh`, WeChat does not invalidate the tokens of other systems.
        """
        body = {
            "grant_type": "client_credential",
            "appid": self.app_id,
            "secret": self._secret,
            "force_refresh": False,
        }
        with self._deadline():
            request = Request("POST", paths.STABLE_TOKEN, body=body)
            token = self._send_with_retries(request, decoding.access_token)
        self._scrubber.add_secret(token.value)
        return token

    def _call(self, request: Request, parse: Parse[T]) -> T:
        """Make a call with a token; if the token is refused, renew it and retry once."""
        with self._deadline():
            token = self._token()
            try:
                return self._send_with_retries(request.with_token(token), parse)
            except TokenRefused:
                if self._fixed_token is not None:
                    raise
            token = self._masked_token(self._tokens.replace(token, self.stable_token))
            try:
                return self._send_with_retries(request.with_token(token), parse)
            except TokenRefused as error:
                refusal = error
            # A new token was refused: another system renews it too, or WeChat's servers are not in
            # sync yet. Both are temporary, so the caller waits instead of requesting another one.
            raise Retriable("api", refusal.code, {**refusal.params, "renewed": True})

    def _token(self) -> str:
        return self._masked_token(self._fixed_token or self._tokens.current(self.stable_token))

    def _masked_token(self, token: str) -> str:
        self._scrubber.add_secret(token)
        return MaskedStr(token)

    def _deadline(self) -> AbstractContextManager[Deadline]:
        return enforce_deadline(Deadline(*self._deadline_arguments))

    def _send_with_retries(self, request: Request, parse: Parse[T]) -> T:
        """Retry until a try succeeds, the pauses are used up or the deadline is near."""
        with self._deadline() as deadline:
            for pause in (*self._pauses, None) if request.may_retry else (None,):
                try:
                    return parse(self._request_json(request))
                except Retriable as error:
                    problem = self._with_path(error, request.path)
                if pause is None or pause >= deadline.seconds_left():
                    break
                self._sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 (jitter)
            # Raised outside of the except block: otherwise its context would be the original
            # error, whose text contains the URL with the token.
            raise problem

    def _with_path(self, error: Retriable, path: str) -> Retriable:
        params = {
            name: self._scrubber.scrub(value) if isinstance(value, str) else value
            for name, value in error.params.items()
        }
        return Retriable(error.kind, error.code, {"path": path, **params}, error.wait)

    def _request_json(self, request: Request) -> dict[str, Any]:
        """Send one HTTP request; returns the decoded response, raises its errcode."""
        status, content = self._send(request)
        # A broken response of the token endpoint may contain a token that is not registered yet.
        beginning = b"" if request.path == paths.STABLE_TOKEN else content[:SCRUBBED_BYTES]
        excerpt = self._scrubbed(beginning.decode("utf-8", "ignore"))[:EXCERPT_CHARACTERS]
        if status != 200:
            raise Retriable("http", params={"status": status, "body": excerpt})
        answer = decoding.decode_json(content)
        if answer is decoding.NOT_JSON:
            raise Retriable("garbage", params={"body": excerpt})
        if code := decoding.errcode(answer):
            errmsg = self._scrubbed(str(answer.get("errmsg", "")))
            for_token = request.path == paths.STABLE_TOKEN
            raise errcode_error(code, errmsg, request.path, for_token=for_token)
        return answer

    def _scrubbed(self, text: str) -> str:
        """`text` without secrets, and without U+0000, which PostgreSQL rejects in JSON."""
        return self._scrubber.scrub(clean_text(text))

    def _send(self, request: Request) -> tuple[int, bytes]:
        with self._calls_lock:
            self.calls[request.path] += 1
        try:
            with (
                self._deadline() as deadline,
                self._session.request(
                    request.method,
                    self._base_url + request.path,
                    params=request.query,
                    data=request.body_bytes(),
                    headers=JSON_HEADERS if request.body is not None else {},
                    timeout=(deadline.connect_timeout(), deadline.read_timeout()),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                return response.status_code, _read_body(response)
        except TRANSPORT_ERRORS as error:
            raise as_retriable(error) from None


def _read_body(response: requests.Response) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(CHUNK_BYTES):
        content += chunk
        if len(content) > MAX_BODY_BYTES:
            raise Retriable("garbage", params={"reason": f"more than {MAX_BODY_BYTES} bytes"})
    return bytes(content)


def new_session() -> requests.Session:
    """A session with deadlines and without cookies; proxies come from the environment."""
    session = requests.Session()
    session.headers["User-Agent"] = "wxadmin"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, DeadlineAdapter())
    return session
