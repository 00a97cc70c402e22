"""Host names and addresses as people write them, checked and put into the form that is compared.

What is returned is what browsers send: lower case, no default port, no last slash. What cannot be
meant raises Unmeant with the rest of a sentence that begins with the setting's name.
"""

import re
import unicodedata
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address

LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(?::([0-9]{1,5}))?")
DEFAULT_PORTS = {"http": 80, "https": 443}
# "/wechat" of a relay; WeChat's own paths are added by us.
PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/*")


class Unmeant(ValueError):  # noqa: N818
    """The rest of a sentence whose subject is the setting. It holds no part of any password."""


def host(text: str) -> str:
    """A host name or IP address as a browser sends it; IPv6 in brackets."""
    if ":" in text or text.startswith("["):
        return f"[{_ipv6(text)}]"
    name = _ascii(text).lower().removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or not all(map(LABEL.fullmatch, labels)):
        raise Unmeant
    if labels[-1].isdigit():
        return _ipv4(name)
    return name


def _ipv6(text: str) -> IPv6Address:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        if "%" not in bare:
            return IPv6Address(bare)
    except AddressValueError:
        pass
    raise Unmeant


def _ipv4(name: str) -> str:
    try:
        return str(IPv4Address(name))
    except AddressValueError:
        raise Unmeant from None


def _ascii(text: str) -> str:
    """Chinese domains as browsers send them; full-width letters and digits are typing errors."""
    if text.isascii():
        return text
    try:
        if unicodedata.normalize("NFKC", text) == text:
            return text.encode("idna").decode()
    except UnicodeError:
        pass
    raise Unmeant


def authority(text: str) -> tuple[str, int | None]:
    """Host and port."""
    parts = AUTHORITY.fullmatch(text)
    if parts is None:
        raise Unmeant
    return host(parts[1]), port(parts[2])


def port(digits: str | None) -> int | None:
    if digits is None:
        return None
    if not 1 <= int(digits) <= 65_535:
        raise Unmeant
    return int(digits)


def allowed_host(text: str) -> str:
    """One of ALLOWED_HOSTS: a host, `.example.com` for it and its subdomains, or `*` for any."""
    try:
        return text if text == "*" else f".{host(text[1:])}" if text[0] == "." else host(text)
    except Unmeant:
        raise Unmeant(
            f"holds {shown(text)}, which is no host name: write names like wx.example.com "
            "(.example.com with all subdomains), without https://, port and path, separated by "
            "commas."
        ) from None


def origin(text: str) -> str:
    """One of CSRF_TRUSTED_ORIGINS, as browsers put it into the Origin header."""
    try:
        scheme, rest = _scheme(text)
        wildcard = "*." if rest.startswith("*.") else ""
        name, number = authority(rest.removeprefix("*.").removesuffix("/"))
    except Unmeant:
        raise Unmeant(
            f"holds {shown(text)}, which is no origin: write https:// and the host (with its port "
            "unless that is 443), like https://wx.example.com or https://*.example.com, without a "
            "path, separated by commas."
        ) from None
    if number == DEFAULT_PORTS[scheme]:
        number = None
    return f"{scheme}://{wildcard}{name}" + (f":{number}" if number else "")


def _scheme(text: str) -> tuple[str, str]:
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() not in DEFAULT_PORTS:
        raise Unmeant
    return scheme.lower(), rest


def base_url(text: str) -> str:
    """The address of an API, without its last slash. Plain HTTP is for this machine alone."""
    try:
        scheme, rest = _scheme(text)
        where = rest.partition("/")[0]
        path = rest[len(where) :]
        name, number = authority(where)
        if not PATH.fullmatch(path) or "/cgi-bin" in path:
            raise Unmeant
    except Unmeant:
        raise Unmeant(
            "is no address that can be called: write https:// and the host, like "
            "https://api.weixin.qq.com, without /cgi-bin, user name, ? and #."
        ) from None
    if scheme == "http" and not is_loopback(name):
        raise Unmeant(
            "must begin with https://: over http:// the AppSecret would travel unprotected. Only "
            "this machine itself (127.0.0.1, [::1], localhost) may be called so."
        )
    return f"{scheme}://{name}" + (f":{number}" if number else "") + path.rstrip("/")


def is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def shown(text: str) -> str:
    """What was given, unless it could hold a password."""
    return "something with a user name" if "@" in text else repr(text[:80])
