"""Converts transport errors to errors without a URL, because the URL contains the token."""

import http.client
import ssl
from collections.abc import Iterator

import requests
import urllib3
from urllib3.exceptions import (
    DecodeError,
    NameResolutionError,
    ProxyError,
    ReadTimeoutError,
)

from .errors import Retriable

# ValueError is what requests lets through for host names that cannot be encoded.
TRANSPORT_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)

# The first row with a class found in the chain of causes applies.
_KINDS: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    ((NameResolutionError,), "connection", "dns"),
    ((ssl.SSLCertVerificationError,), "connection", "tls"),
    ((ProxyError,), "connection", "proxy"),
    # Not ConnectTimeoutError: urllib3 derives refused connections from it.
    ((ReadTimeoutError, requests.Timeout, TimeoutError), "timeout", ""),
    ((DecodeError,), "garbage", ""),
)
_MAX_CHAIN = 20


def as_retriable(error: BaseException) -> Retriable:
    """A Retriable that is safe to show: kind, reason and the class name of the cause."""
    chain = list(_chain(error))
    params = {"cause": type(chain[-1]).__name__}
    for classes, kind, reason in _KINDS:
        if any(isinstance(link, classes) for link in chain):
            return Retriable(kind, params=params | ({"reason": reason} if reason else {}))
    return Retriable("connection", params=params)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and its causes; requests and urllib3 keep the original in args or `reason`."""
    for _depth in range(_MAX_CHAIN):
        if error is None:
            return
        yield error
        inner = [getattr(error, "reason", None), *error.args, error.__cause__, error.__context__]
        error = next((one for one in inner if isinstance(one, BaseException)), None)
