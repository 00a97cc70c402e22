"""Access control: programs and the sandbox's own page, but no page of another site.

A page of any site can send requests to this machine and, by DNS rebinding (its own host name then
resolves to 127.0.0.1), read the answers. A page cannot forge the headers that are checked here.
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
"""

from email.message import Message
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# Addresses to listen on, but no host names of requests.
WILDCARD_HOSTS = ("", "0.0.0.0", "::")  # noqa: S104
# Sec-Fetch-Site of requests by the page itself, and of typed addresses.
ALLOWED_FETCH_SITES = ("same-origin", "none")
PAGE = "/"


def allowed_hosts(host: str, port: int) -> frozenset[str]:
    """The allowed Host headers of a sandbox that listens on this host and port."""
    own_name = f"[{host}]" if ":" in host else host.lower()
    names = {*LOOPBACK, own_name} if host not in WILDCARD_HOSTS else {*LOOPBACK}
    # Browsers omit the default port.
    return frozenset({f"{name}:{port}" for name in names} | (names if port == 80 else set()))


def refusal_reason(path: str, headers: Message, allowed: frozenset[str]) -> str:
    """Returns why a request is refused, in a sentence, or "". `path` is the raw request target."""
    target = urlsplit(path)
    requested = [*headers.get_all("Host", [""]), *([target.netloc] if target.netloc else [])]
    refused = [name for name in requested if name.lower() not in allowed]
    if refused:
        names = ", ".join(sorted(allowed))
        return (
            f"The sandbox does not answer to the name {refused[0]!r}, because a page could have "
            f"sent the browser here by a name of its own. It answers to {names}; start it with "
            "--host to add another."
        )
    # Other sites may link to the page, which does nothing by itself.
    if target.path == PAGE:
        return ""
    return _cross_site_reason(headers, allowed)


def _cross_site_reason(headers: Message, allowed: frozenset[str]) -> str:
    origins = headers.get_all("Origin", [])
    allowed_origins = {f"http://{name}" for name in allowed}
    refused = [origin for origin in origins if origin.lower() not in allowed_origins]
    if not refused and headers.get("Sec-Fetch-Site", ALLOWED_FETCH_SITES[0]) in ALLOWED_FETCH_SITES:
        return ""
    origin = refused[0] if refused else "another site"
    return (
        f"This request comes from a page of {origin}. Only the sandbox's own page and programs may "
        "use the sandbox."
    )
