"""Parsing of hosts, origins and base URLs."""

import pytest

from wxadmin.addresses import InvalidAddress, parse_allowed_host, parse_base_url, parse_origin

# Invalid with or without a scheme.
INVALID_HOSTS = [
    "a..b", "-a.b", "a-.b", "a_b.c", "a b", "a.b/c", "a.b?c", "a.b#c", "a\\b", "1.2.3", "1.2.3.4.5",
    "999.1.1.1", "10.0.0.0/8", "１２７.0.0.1", "ｅxample.com", "a.*.com", "[::1", "::1]", "[::g]",
    "[fe80::1%eth0]", "x" * 64, "a." * 127 + "b", "..", "'a.b'", '"a.b"', "例 子.cn",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("wx.example.com", "wx.example.com"),
        ("WX.Example.COM.", "wx.example.com"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "[::1]"),
        ("[0:0:0:0:0:0:0:1]", "[::1]"),
        ("[2001:DB8::1]", "[2001:db8::1]"),
        (".example.com", ".example.com"),
        (".Example.com", ".example.com"),
        ("例子.cn", "xn--fsqu00a.cn"),
        ("*", "*"),
    ],
)
def test_allowed_hosts(text, host):
    assert parse_allowed_host(text) == host


@pytest.mark.parametrize(
    "text",
    [
        *INVALID_HOSTS,
        "https://a.b",
        "//a.b",
        "a.b:8000",
        "[::1]:8000",
        "*.example.com",
        "..a",
        "**",
        "u@a.b",
        ":8000",
        "127.0.0.1:0",
    ],
)
def test_invalid_allowed_hosts(text):
    with pytest.raises(InvalidAddress, match="no host name: write names like"):
        parse_allowed_host(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://wx.example.com", "https://wx.example.com"),
        ("HTTPS://WX.example.com/", "https://wx.example.com"),
        ("https://wx.example.com:443", "https://wx.example.com"),
        ("http://wx.example.com:80", "http://wx.example.com"),
        ("https://wx.example.com:8443", "https://wx.example.com:8443"),
        ("http://192.168.1.2:8000", "http://192.168.1.2:8000"),
        ("https://*.example.com", "https://*.example.com"),
        ("https://*.example.com:8443", "https://*.example.com:8443"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("https://例子.cn", "https://xn--fsqu00a.cn"),
    ],
)
def test_origins(text, expected):
    assert parse_origin(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(f"https://{host}" for host in INVALID_HOSTS),
        "wx.example.com",
        "//a.b",
        "ftp://a.b",
        "*",
        "null",
        "https://",
        "https://*",
        "https://*.",
        "https://a.b//",
        "https://a.b/admin/",
        "https:/a.b",
        "https://a.b:0",
        "https://a.b:65536",
        "https://a.b:",
        "https://a.b:８０",
        "https://.example.com",
        "https://u:p@a.b",
        "https://https://a.b",
    ],
)
def test_invalid_origins(text):
    with pytest.raises(InvalidAddress, match="no origin: write https://"):
        parse_origin(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://api.weixin.qq.com", "https://api.weixin.qq.com"),
        ("HTTPS://SH.api.weixin.qq.com/", "https://sh.api.weixin.qq.com"),
        ("https://relay.example.com:8443/wechat//", "https://relay.example.com:8443/wechat"),
        ("https://10.0.0.5", "https://10.0.0.5"),
        ("http://127.0.0.1:8001/", "http://127.0.0.1:8001"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://[::1]:8001", "http://[::1]:8001"),
        ("http://LOCALHOST:8001", "http://localhost:8001"),
    ],
)
def test_base_urls(text, expected):
    assert parse_base_url(text) == expected


@pytest.mark.parametrize(
    "host",
    [
        "api.weixin.qq.com",
        "10.0.0.5",
        "192.168.1.2:8001",
        "0.0.0.0",
        "[::]",
        "[::2]",
        "128.0.0.1",
        "localhost.example.com",
        "127.0.0.1.example.com",
        "mylocalhost",
        "126.255.255.255",
    ],
)
def test_plain_http_is_only_allowed_for_this_machine(host):
    with pytest.raises(InvalidAddress, match="must begin with https://"):
        parse_base_url(f"http://{host}")


@pytest.mark.parametrize(
    "text",
    [
        *(f"https://{host}" for host in INVALID_HOSTS if "/" not in host),
        "api.weixin.qq.com",
        "ftp://a.b",
        "https://",
        "https:///x",
        "https://a.b?x=1",
        "https://a.b/#x",
        "https://a.b/cgi-bin",
        "https://u:geheim@a.b",
        "http://127.0.0.1@evil.com",
        "http://localhost:8001@evil.com/",
        "http://127.0.0.1\\@evil.com",
        "http://127.1",
        "http://0x7f.1",
        "http://2130706433",
        "https://a.b:99999",
        "https://a.b:",
        "https://a.b/x y",
        "https://a.b/../x y",
    ],
)
def test_invalid_base_urls(text):
    with pytest.raises(InvalidAddress) as refusal:
        parse_base_url(text)
    assert "geheim" not in str(refusal.value)


@pytest.mark.parametrize("read", [parse_allowed_host, parse_origin])
def test_passwords_are_not_shown(read):
    with pytest.raises(InvalidAddress) as refusal:
        read("https://user:geheim@a.b")
    assert "geheim" not in str(refusal.value)
