"""Who may speak to the sandbox: programs, its own page, and no other page in somebody's browser.

A page of any site can send requests to this machine, and by DNS rebinding (a name of its own that
suddenly means 127.0.0.1) read the answers. Browsers cannot be made to lie in these headers.
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
"""

from email.message import Message
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# Listening everywhere is no name that anybody could ask for.
WILDCARD_HOSTS = ("", "0.0.0.0", "::")  # noqa: S104
# What a browser says of requests by the page itself, and of addresses that somebody typed.
OWN_SITE = ("same-origin", "none")
PAGE = "/"


def allowed_hosts(host: str, port: int) -> frozenset[str]:
    """How a caller may name a sandbox that was started with this host."""
    started = f"[{host}]" if ":" in host else host.lower()
    names = {*LOOPBACK, started} if host not in WILDCARD_HOSTS else {*LOOPBACK}
    # A browser leaves the usual port out.
    return frozenset({f"{name}:{port}" for name in names} | (names if port == 80 else set()))


def refusal(path: str, headers: Message, known: frozenset[str]) -> str:
    """Why a request is not answered, in a sentence; "" where it is. `path` as it was sent."""
    target = urlsplit(path)
    asked = [*headers.get_all("Host", [""]), *([target.netloc] if target.netloc else [])]
    strange = [name for name in asked if name.lower() not in known]
    if strange:
        names = ", ".join(sorted(known))
        return (
            f"The sandbox does not answer to the name {strange[0]!r}, because a page could have "
            f"sent the browser here by a name of its own. It answers to {names}; start it with "
            "--host to add another."
        )
    # Anybody may link to the page; it does and shows nothing by itself.
    if target.path == PAGE:
        return ""
    return _foreign_page(headers, known)


def _foreign_page(headers: Message, known: frozenset[str]) -> str:
    origins = headers.get_all("Origin", [])
    strange = [it for it in origins if it.lower() not in {f"http://{name}" for name in known}]
    if not strange and headers.get("Sec-Fetch-Site", OWN_SITE[0]) in OWN_SITE:
        return ""
    who = strange[0] if strange else "another site"
    return (
        f"This request comes from a page of {who}. Only the sandbox's own page and programs may "
        "use the sandbox."
    )
