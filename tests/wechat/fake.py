"""A fake transport and a server of raw bytes, to test the real client."""

import contextlib
import io
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from followers.wechat import paths
from followers.wechat.caller import new_session
from followers.wechat.client import Client

Handler = Callable[[socket.socket, threading.Event], None]

APP_ID = "wx13974bf780d3dc89"
SECRET = "5ecre7" + "d" * 26
TOKEN = "92_t0ken-" + "Ab_9" * 40
IDS = tuple(f"oFake{n:023d}" for n in range(3))
TAGS = [{"id": 2, "name": "星标组", "count": 0}, {"id": 127, "name": "广东", "count": 5}]
DONE = {"errcode": 0, "errmsg": "ok"}
# As captured in 2022: the fields that WeChat no longer fills are there and blank.
FOLLOWER = {
    "subscribe": 1,
    "openid": IDS[0],
    "nickname": "",
    "sex": 0,
    "language": "zh_CN",
    "city": "",
    "province": "",
    "country": "",
    "headimgurl": "",
    "subscribe_time": 1662416489,
    "unionid": "oU6bEwfX4vL",
    "remark": "",
    "groupid": 0,
    "tagid_list": [],
    "subscribe_scene": "ADD_SCENE_PROFILE_CARD",
    "qr_scene": 0,
    "qr_scene_str": "",
}
LEFT = {"subscribe": 0, "openid": IDS[1], "tagid_list": []}


def page(*openids: str, **more: Any) -> dict[str, Any]:
    """A page as WeChat writes it; without ids it has no `data`."""
    data = {"data": {"openid": list(openids)}} if openids else {}
    last = openids[-1] if openids else ""
    return {"total": 3, "count": len(openids), **data, "next_openid": last, **more}


class FakeTransport(BaseAdapter):
    """Returns the given responses, the last one forever: bytes, (status, bytes), errors or JSON."""

    def __init__(self, *answers: Any, tokens: tuple[Any, ...] = ()) -> None:
        super().__init__()
        self.answers, self.token_answers = list(answers), list(tokens)
        self.requests: list[requests.PreparedRequest] = []
        self.options: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        self.requests.append(request)
        self.options.append(options)
        for_token = urlsplit(request.url).path.endswith(paths.STABLE_TOKEN)
        if for_token and not self.token_answers:
            number = sum(one.path_url.endswith(paths.STABLE_TOKEN) for one in self.requests)
            return _response(request, {"access_token": f"{TOKEN}{number}", "expires_in": 7200})
        queue = self.token_answers if for_token else self.answers
        return _response(request, queue.pop(0) if len(queue) > 1 else queue[0])

    def close(self) -> None:
        """There is nothing to close."""

    def query(self, number: int = -1) -> dict[str, str]:
        """The query parameters of one received request."""
        parts = parse_qs(urlsplit(self.requests[number].url).query)
        return {name: values[0] for name, values in parts.items()}


def _response(request: requests.PreparedRequest, answer: Any) -> requests.Response:
    if isinstance(answer, BaseException):
        raise answer
    status, body = answer if isinstance(answer, tuple) else (200, answer)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = requests.Response()
    response.status_code, response.request = status, request
    response.raw = HTTPResponse(io.BytesIO(content), preload_content=False)
    return response


def fake_client(transport: FakeTransport, **options: Any) -> Client:
    """A client on `transport` that does not sleep, unless given a `sleep`."""
    session = new_session()
    session.mount("https://", transport)
    options = {"sleep": lambda _seconds: None} | options
    return Client(APP_ID, SECRET, session=session, **options)


@contextlib.contextmanager
def raw_server(handler: Handler, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The URL of a server that passes each connection to `handler`, stopped at the end."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, handler, tls, stop))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _serve(
    listener: socket.socket, handler: Handler, tls: ssl.SSLContext | None, stop: threading.Event
) -> None:
    while not stop.is_set():
        with contextlib.suppress(OSError):
            connection, _address = listener.accept()
            with connection, _wrapped(connection, tls) as stream:
                stream.recv(65536)
                handler(stream, stop)


def _wrapped(connection: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    return tls.wrap_socket(connection, server_side=True) if tls else connection
