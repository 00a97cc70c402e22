"""Parses DATABASE_URL, REDIS_URL and EMAIL_URL; error messages never contain a password."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import environ

from .addresses import InvalidAddress, parse_authority, parse_port

DATABASE_FORMS = (
    "sqlite:////path/to/file (sqlite:///file for one beside manage.py) or "
    "postgres://user:password@host:5432/name"
)
REDIS_FORMS = (
    "redis://user:password@host:6379/0 (rediss:// with TLS) or unix:///path/to/redis.sock?db=0"
)
POSTGRES_SCHEMES = {"postgres", "postgresql", "psql", "pgsql"}
REDIS_SCHEMES = {"redis", "rediss"}
EMAIL_FORMS = (
    "smtp+ssl://user:password@host:465 (TLS), smtp+tls://user:password@host:587 (STARTTLS), "
    "smtp://host:25 (unprotected) or consolemail:// (prints mails)"
)
# Scheme: default port.
EMAIL_PORTS = {"smtp": 25, "smtps": 587, "smtp+tls": 587, "smtp+ssl": 465, "consolemail": 25}
UNESCAPED_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Unlike browsers, databases are also reached by names with an underscore, as in Docker Compose.
DATABASE_HOST = re.compile(r"([A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")


@dataclass(frozen=True)
class ConnectionUrl:
    """The parts of a URL; `path` and `query` are percent-encoded, `host` may include a port."""

    scheme: str
    login: str
    host: str
    path: str
    query: str

    def url(self) -> str:
        """The URL, with user name and password percent-encoded."""
        login = f"{self.login}@" if self.login else ""
        query = f"?{self.query}" if self.query else ""
        # Both parsers of URLs decode a + in a path as a space.
        return f"{self.scheme}://{login}{self.host}{self.path.replace('+', '%2B')}{query}"


def split_url(text: str, schemes: set[str], forms: str) -> ConnectionUrl:
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() not in schemes:
        raise InvalidAddress(f"must look like {forms}.")
    if "#" in rest:
        raise InvalidAddress("holds a #, which has to be written as %23 (in a password, too).")
    if UNESCAPED_PERCENT.search(rest):
        raise InvalidAddress("holds a %, which has to be written as %25 (in a password, too).")
    if not rest.isprintable():
        raise InvalidAddress("holds a line break or another character that cannot be seen.")
    path, _, query = rest.partition("?")
    host, slash, path = path.partition("/")
    if scheme.lower() != "sqlite" and "@" in f"{path}?{query}":
        raise InvalidAddress(
            "holds a / or ? before the @: in a user name or password they have to be written as "
            "%2F and %3F (and an @ behind the host as %40)."
        )
    login, _, host = host.rpartition("@")
    return ConnectionUrl(scheme.lower(), _escape_login(login), host, slash + path, query)


def _escape_login(login: str) -> str:
    return ":".join(quote(unquote(part), safe="") for part in login.split(":", 1))


def _check_host(text: str, forms: str) -> None:
    """Raise InvalidAddress unless the text is a host with an optional port."""
    try:
        if parts := DATABASE_HOST.fullmatch(text):
            parse_port(parts[2])
        else:
            parse_authority(text)
    except InvalidAddress:
        raise InvalidAddress(
            f"names no host and port that there can be; it must look like {forms}. In a user name "
            "or password, / @ : ? # % have to be written as %2F %40 %3A %3F %23 %25."
        ) from None


def parse_database_url(text: str, base: Path) -> dict[str, Any]:
    """Django's database settings; a relative path of SQLite is relative to `base`."""
    address = split_url(text, {"sqlite", *POSTGRES_SCHEMES}, DATABASE_FORMS)
    if address.scheme == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(base / _sqlite_path(address))}
    address = replace(address, path=address.path.removesuffix("/"))
    _check_postgres(address)
    return environ.Env.db_url_config(address.url())


def _sqlite_path(address: ConnectionUrl) -> str:
    if address.host or address.login:
        raise InvalidAddress(
            "has too few slashes: sqlite:////path/to/file is a file anywhere, sqlite:///file one "
            "beside manage.py."
        )
    if address.query:
        raise InvalidAddress(
            "holds a ?, which has to be written as %3F; SQLite takes no options here."
        )
    name = unquote(address.path[1:])
    if not name.strip("/") or name.endswith("/") or name == ":memory:" or "\0" in name:
        raise InvalidAddress(
            "must name a file, which the web server and the workers share: sqlite:////path/to/file "
            "or sqlite:///file."
        )
    return name


def _check_postgres(address: ConnectionUrl) -> None:
    for each in address.host.split(",") if address.host else ():
        _check_host(each, DATABASE_FORMS)
    folder, _, name = address.path[1:].rpartition("/")
    in_a_socket = folder.startswith("/") and not address.host
    if not name or (folder and not in_a_socket):
        raise InvalidAddress(f"must name one database behind the host: {DATABASE_FORMS}.")
    _check_options(dict(parse_qsl(address.query, keep_blank_values=True)))


def _check_options(query: dict[str, str]) -> None:
    """Raise InvalidAddress for unknown options; libpq would only refuse them when connecting."""
    django_options = {"pool", "isolation_level", "server_side_binding", "assume_role"}
    known = {option.lower() for option in environ.Env._DB_BASE_OPTIONS} | django_options
    options = {name: value for name, value in query.items() if name.lower() not in known}
    if not options:
        return
    import psycopg  # not needed on SQLite

    try:
        psycopg.conninfo.make_conninfo("", **options)
    except psycopg.Error:
        raise InvalidAddress(
            "asks for an option behind its ? that PostgreSQL does not know."
        ) from None


def parse_redis_url(text: str) -> str:
    """The URL for redis-py; raises InvalidAddress for parts that redis-py would silently ignore."""
    address = split_url(text, {"unix", *REDIS_SCHEMES}, REDIS_FORMS)
    if address.scheme == "unix":
        if address.host or not address.path.strip("/"):
            raise InvalidAddress("has too few slashes; a socket is unix:///path/to/redis.sock.")
        return address.url()
    _check_host(address.host, REDIS_FORMS)
    if not re.fullmatch("/?[0-9]{0,5}/?", address.path):
        raise InvalidAddress("must end with the number of a database: redis://host:6379/0.")
    return address.url()


# Without EMAIL_URL.
NO_EMAIL = {
    "EMAIL_BACKEND": "followers.alerts.mail.DeadlineBackend",
    "EMAIL_HOST": "",
    "EMAIL_PORT": 25,
    "EMAIL_HOST_USER": "",
    "EMAIL_HOST_PASSWORD": "",
    "EMAIL_USE_TLS": False,
    "EMAIL_USE_SSL": False,
    "EMAIL_TIMEOUT": 8,
}


def parse_email_url(text: str) -> dict[str, Any]:
    """Django's EMAIL_… settings."""
    address = split_url(text, set(EMAIL_PORTS), EMAIL_FORMS)
    if address.scheme != "consolemail":
        _check_host(address.host, EMAIL_FORMS)
    if address.path.strip("/") or address.query:
        raise InvalidAddress(f"must end with the host and its port: {EMAIL_FORMS}.")
    if address.scheme == "smtps" and address.host.endswith(":465"):
        raise InvalidAddress("begins with smtps://, which is STARTTLS; port 465 needs smtp+ssl://.")
    found: dict[str, Any] = environ.Env.email_url_config(address.url())
    known = {name: value for name, value in found.items() if name in NO_EMAIL and value}
    if address.scheme != "consolemail":
        known["EMAIL_BACKEND"] = NO_EMAIL["EMAIL_BACKEND"]
    return {**NO_EMAIL, "EMAIL_PORT": EMAIL_PORTS[address.scheme], **known}
