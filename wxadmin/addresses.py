"""Parses host names, origins and URLs of settings into the normalized form that browsers send.

That is lower case, without default port and trailing slash. Invalid values raise InvalidAddress
with the rest of a sentence that begins with the setting's name.
"""

import re
import unicodedata
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address

LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(?::([0-9]{1,5}))?")
DEFAULT_PORTS = {"http": 80, "https": 443}
# Such as "/wechat" of a relay; the client appends WeChat's paths.
PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/*")


class InvalidAddress(ValueError):  # noqa: N818
    """The message continues a sentence that begins with the setting; it contains no password."""


def parse_host(text: str) -> str:
    """A host name or IP address as a browser sends it; IPv6 in brackets."""
    if ":" in text or text.startswith("["):
        return f"[{_parse_ipv6(text)}]"
    name = _to_ascii(text).lower().removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or not all(map(LABEL.fullmatch, labels)):
        raise InvalidAddress
    if labels[-1].isdigit():
        return _parse_ipv4(name)
    return name


def _parse_ipv6(text: str) -> IPv6Address:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        if "%" not in bare:
            return IPv6Address(bare)
    except AddressValueError:
        pass
    raise InvalidAddress


def _parse_ipv4(name: str) -> str:
    try:
        return str(IPv4Address(name))
    except AddressValueError:
        raise InvalidAddress from None


def _to_ascii(text: str) -> str:
    """Encode Chinese domains as IDNA; refuses full-width letters and digits as typing errors."""
    if text.isascii():
        return text
    try:
        if unicodedata.normalize("NFKC", text) == text:
            return text.encode("idna").decode()
    except UnicodeError:
        pass
    raise InvalidAddress


def parse_authority(text: str) -> tuple[str, int | None]:
    """Parse host and port."""
    parts = AUTHORITY.fullmatch(text)
    if parts is None:
        raise InvalidAddress
    return parse_host(parts[1]), parse_port(parts[2])


def parse_port(digits: str | None) -> int | None:
    if digits is None:
        return None
    if not 1 <= int(digits) <= 65_535:
        raise InvalidAddress
    return int(digits)


def parse_allowed_host(text: str) -> str:
    """One of ALLOWED_HOSTS: a host, `.example.com` for it and its subdomains, or `*` for any."""
    try:
        if text == "*":
            return text
        return f".{parse_host(text[1:])}" if text[0] == "." else parse_host(text)
    except InvalidAddress:
        raise InvalidAddress(
            f"holds {safe_repr(text)}, which is no host name: write names like wx.example.com "
            "(.example.com with all subdomains), without https://, port and path, separated by "
            "commas."
        ) from None


def parse_origin(text: str) -> str:
    """One of CSRF_TRUSTED_ORIGINS, as browsers put it into the Origin header."""
    try:
        scheme, rest = _split_scheme(text)
        wildcard = "*." if rest.startswith("*.") else ""
        name, number = parse_authority(rest.removeprefix("*.").removesuffix("/"))
    except InvalidAddress:
        raise InvalidAddress(
            f"holds {safe_repr(text)}, which is no origin: write https:// and the host (with "
            "its port unless that is 443), like https://wx.example.com or https://*.example.com, "
            "without a path, separated by commas."
        ) from None
    if number == DEFAULT_PORTS[scheme]:
        number = None
    return f"{scheme}://{wildcard}{name}" + (f":{number}" if number else "")


def parse_site_url(text: str) -> str:
    """The public address of this site: scheme, host, and port if it is unusual."""
    try:
        scheme, rest = _split_scheme(text)
        name, number = parse_authority(rest.removesuffix("/"))
    except InvalidAddress:
        raise InvalidAddress(
            f"holds {safe_repr(text)}, which is no address of a site: write https:// and the host "
            "(with its port unless that is 443), like https://wx.example.com, without a path."
        ) from None
    if number == DEFAULT_PORTS[scheme]:
        number = None
    return f"{scheme}://{name}" + (f":{number}" if number else "")


def _split_scheme(text: str) -> tuple[str, str]:
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() not in DEFAULT_PORTS:
        raise InvalidAddress
    return scheme.lower(), rest


def parse_base_url(text: str) -> str:
    """The base URL of an API, without trailing slash; plain HTTP only for this machine."""
    try:
        scheme, rest = _split_scheme(text)
        host_and_port = rest.partition("/")[0]
        path = rest[len(host_and_port) :]
        name, number = parse_authority(host_and_port)
        if not PATH.fullmatch(path) or "/cgi-bin" in path:
            raise InvalidAddress
    except InvalidAddress:
        raise InvalidAddress(
            "is no address that can be called: write https:// and the host, like "
            "https://api.weixin.qq.com, without /cgi-bin, user name, ? and #."
        ) from None
    if scheme == "http" and not is_loopback(name):
        raise InvalidAddress(
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


def safe_repr(text: str) -> str:
    """The repr of a value, unless it may contain a password."""
    return "something with a user name" if "@" in text else repr(text[:80])
