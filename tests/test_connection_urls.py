"""Parsing of DATABASE_URL, REDIS_URL and EMAIL_URL; errors contain no passwords."""

from pathlib import Path

import pytest

from wxadmin.addresses import InvalidAddress
from wxadmin.connection_urls import parse_database_url, parse_email_url, parse_redis_url

BASE = Path("/srv/wxadmin")


def parse(text):
    return parse_database_url(text, BASE)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("sqlite:////var/lib/db.sqlite3", "/var/lib/db.sqlite3"),
        ("SQLITE:////var/lib/db.sqlite3", "/var/lib/db.sqlite3"),
        ("sqlite:///db.sqlite3", "/srv/wxadmin/db.sqlite3"),
        ("sqlite:///var/db.sqlite3", "/srv/wxadmin/var/db.sqlite3"),
        ("sqlite:////a+b/c%20d/%E4%B8%AD%23.db", "/a+b/c d/中#.db"),
        ("sqlite:////me@home/my data.db", "/me@home/my data.db"),
    ],
)
def test_sqlite(text, path):
    assert parse(text) == {"ENGINE": "django.db.backends.sqlite3", "NAME": path}


@pytest.mark.parametrize(
    "text",
    [
        "sqlite://db.sqlite3",
        "sqlite://",
        "sqlite:///",
        "sqlite:////",
        "sqlite://:memory:",
        "sqlite:///:memory:",
        "sqlite://var/db.sqlite3",
        "sqlite:////var/lib/",
        "sqlite:db.sqlite3",
        "sqlite:////a?mode=ro",
        "sqlite:////a#b",
        "sqlite:////a%b",
        "db.sqlite3",
        "/var/db.sqlite3",
    ],
)
def test_invalid_sqlite_urls(text):
    with pytest.raises(InvalidAddress):
        parse(text)


def parts(text):
    found = parse(text)
    return tuple(found[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres://u:p@host:5432/x", ("u", "p", "host", 5432, "x")),
        ("PostgreSQL://u:p@Host/x", ("u", "p", "host", "", "x")),
        ("postgres://u@my_db/x/", ("u", "", "my_db", "", "x")),
        ("postgres://u:p%2Fs%40s%23%25%3A+@host/x", ("u", "p/s@s#%:+", "host", "", "x")),
        # Unescaped, but unambiguous.
        ("postgres://u:p@s[s]:s+@host/x", ("u", "p@s[s]:s+", "host", "", "x")),
        ("postgres://u:p@[::1]:5432/a+b", ("u", "p", "::1", 5432, "a+b")),
        ("postgres:///x", ("", "", "", "", "x")),
        ("postgres:////var/run/postgresql/x", ("", "", "/var/run/postgresql", "", "x")),
        ("postgres://u:p@a:1,b:2/x", ("u", "p", "a,b", "1,2", "x")),
    ],
)
def test_postgres(text, expected):
    assert parts(text) == expected


def test_postgres_options():
    found = parse("postgres://h/x?sslmode=require&CONN_MAX_AGE=0&application_name=a")
    assert found["OPTIONS"] == {"sslmode": "require", "application_name": "a"}
    assert found["CONN_MAX_AGE"] == 0


SECRETS = ["geh/eim", "geh#eim", "geh?eim", "geh%eim", "geh%zzeim", "/geheim", "geheim/", "#geheim"]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("address", ["postgres://u:{}@host:5432/x", "postgres://{}:p@host/x"])
def test_unescaped_characters_are_mentioned_without_the_password(address, secret):
    with pytest.raises(InvalidAddress) as refusal:
        parse(address.format(secret))
    assert "%2" in str(refusal.value) or "%3F" in str(refusal.value)
    assert not {"geh", "eim", "zz"} & set(str(refusal.value).replace("/", " ").split())


@pytest.mark.parametrize(
    "text",
    [
        "u:geheim@host/x",
        "mysql://root:geheim@h/x",
        "postgis://u:geheim@h/x",
        "geheim",
        "://",
        "$DB",
        "postgresql+psycopg://u:geheim@h/x",
        "postgres:u:geheim@h/x",
        '"postgres://u:geheim@h/x"',
        "postgres://u:geheim@h",
        "postgres://u:geheim@h/",
        "postgres://u:geheim@h/x/y",
        "postgres://u:geheim@h:0/x",
        "postgres://u:geheim@h:99999/x",
        "postgres://u:geheim@h:abc/x",
        "postgres://u:geheim@h h/x",
        "postgres://u:geheim@h/x\ny",
        "postgres://u:geheim@a,,b/x",
        "postgres://u:geheim@h/x?geheim=1",
        "postgres://u:geheim@h:５/x",
        "postgres://u:geheim@[::1/x",
    ],
)
def test_invalid_postgres_urls(text):
    with pytest.raises(InvalidAddress) as refusal:
        parse(text)
    assert "geheim" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("REDISS://cache", "rediss://cache"),
        ("redis://:p%2Fs@my_cache:6379/1", "redis://:p%2Fs@my_cache:6379/1"),
        ("redis://u:p@s,;s@[::1]:6379/15", "redis://u:p%40s%2C%3Bs@[::1]:6379/15"),
        ("unix:///run/redis.sock?db=1", "unix:///run/redis.sock?db=1"),
        ("unix://:p@/run/redis.sock", "unix://:p@/run/redis.sock"),
    ],
)
def test_redis(text, expected):
    assert parse_redis_url(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "foo://x",
        "127.0.0.1:6379",
        ":geheim@h:6379",
        "redis://",
        "redis:///0",
        "redis://h/geheim",
        "redis://:geh/eim@h/0",
        "redis://:geheim#@h/0",
        "redis://:geheim%@h/0",
        "redis://h:x/0",
        "redis://:geheim@h:99999/0",
        "redis://:geheim@h/-1",
        "redis://a,b/0",
        "redis://h/0/1",
        "unix://run/redis.sock",
        "unix://",
        "unix:///",
        "redis+sentinel://h",
        "redis://h/１",
    ],
)
def test_invalid_redis_urls(text):
    with pytest.raises(InvalidAddress) as refusal:
        parse_redis_url(text)
    assert "geh" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "smtp+ssl://u%40x.com:p%2Fw@smtp.x.com",
            ("smtp.x.com", 465, "u@x.com", "p/w", (False, True)),
        ),
        ("smtp+tls://u:p@smtp.x.com", ("smtp.x.com", 587, "u", "p", (True, False))),
        ("smtps://u:p@smtp.x.com:2525", ("smtp.x.com", 2525, "u", "p", (True, False))),
        ("SMTP://mail", ("mail", 25, "", "", (False, False))),
    ],
)
def test_mail(text, expected):
    found = parse_email_url(text)
    login = found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]
    tls = found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], *login, tls) == expected
    assert found["EMAIL_BACKEND"] == "followers.alerts.mail.DeadlineBackend"


def test_mails_can_be_printed():
    found = parse_email_url("consolemail://")
    assert found["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"


@pytest.mark.parametrize(
    "text",
    [
        "smtp.x.com",
        "http://u:s3cret@smtp.x.com",
        "smtp://u:s3cret@",
        "smtp://u:s3cret@smtp.x.com/path",
        "smtp://u:s3cret@smtp.x.com?ssl=1",
        "smtp://u:s3cret@smtp.x.com:99999",
        "smtp://u:s3cret#x@smtp.x.com",
        "smtps://u:s3cret@smtp.x.com:465",
    ],
)
def test_invalid_mail(text):
    with pytest.raises(InvalidAddress) as caught:
        parse_email_url(text)
    assert "s3cret" not in str(caught.value)
