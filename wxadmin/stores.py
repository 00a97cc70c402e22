"""DATABASE_URL and REDIS_URL: what is in them, or one sentence that tells nothing of a password."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import environ

from .addresses import Unmeant, authority, port

DATABASE_FORMS = (
    "sqlite:////path/to/file (sqlite:///file for one beside manage.py) or "
    "postgres://user:password@host:5432/name"
)
REDIS_FORMS = (
    "redis://user:password@host:6379/0 (rediss:// with TLS) or unix:///path/to/redis.sock?db=0"
)
POSTGRES = {"postgres", "postgresql", "psql", "pgsql"}
REDIS = {"redis", "rediss"}
LOST_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Unlike browsers, databases are also reached by names with an underscore, as in Docker Compose.
LOOSE_HOST = re.compile(r"([A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")


@dataclass(frozen=True)
class Address:
    """The parts of an address; `path` and `query` are still percent-encoded."""

    scheme: str
    login: str
    where: str
    path: str
    query: str

    def url(self) -> str:
        """With everything escaped that the user's name and the password may hold."""
        login = f"{self.login}@" if self.login else ""
        query = f"?{self.query}" if self.query else ""
        # Both readers take a + in a path for a blank.
        return f"{self.scheme}://{login}{self.where}{self.path.replace('+', '%2B')}{query}"


def split(text: str, schemes: set[str], forms: str) -> Address:
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() not in schemes:
        raise Unmeant(f"must look like {forms}.")
    if "#" in rest:
        raise Unmeant("holds a #, which has to be written as %23 (in a password, too).")
    if LOST_PERCENT.search(rest):
        raise Unmeant("holds a %, which has to be written as %25 (in a password, too).")
    if not rest.isprintable():
        raise Unmeant("holds a line break or another character that cannot be seen.")
    path, _, query = rest.partition("?")
    where, slash, path = path.partition("/")
    if scheme.lower() != "sqlite" and "@" in f"{path}?{query}":
        raise Unmeant(
            "holds a / or ? before the @: in a user name or password they have to be written as "
            "%2F and %3F (and an @ behind the host as %40)."
        )
    login, _, where = where.rpartition("@")
    return Address(scheme.lower(), _escaped(login), where, slash + path, query)


def _escaped(login: str) -> str:
    return ":".join(quote(unquote(part), safe="") for part in login.split(":", 1))


def _check_host(text: str, forms: str) -> None:
    """Raises Unmeant unless it is a host, with a port or without."""
    try:
        if parts := LOOSE_HOST.fullmatch(text):
            port(parts[2])
        else:
            authority(text)
    except Unmeant:
        raise Unmeant(
            f"names no host and port that there can be; it must look like {forms}. In a user name "
            "or password, / @ : ? # % have to be written as %2F %40 %3A %3F %23 %25."
        ) from None


def database(text: str, base: Path) -> dict[str, Any]:
    """Django's description of the database; a relative path begins at `base`."""
    address = split(text, {"sqlite", *POSTGRES}, DATABASE_FORMS)
    if address.scheme == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(base / _file(address))}
    address = replace(address, path=address.path.removesuffix("/"))
    _check_postgres(address)
    return environ.Env.db_url_config(address.url())


def _file(address: Address) -> str:
    if address.where or address.login:
        raise Unmeant(
            "has too few slashes: sqlite:////path/to/file is a file anywhere, sqlite:///file one "
            "beside manage.py."
        )
    if address.query:
        raise Unmeant("holds a ?, which has to be written as %3F; SQLite takes no options here.")
    name = unquote(address.path[1:])
    if not name.strip("/") or name.endswith("/") or name == ":memory:" or "\0" in name:
        raise Unmeant(
            "must name a file, which the web server and the workers share: sqlite:////path/to/file "
            "or sqlite:///file."
        )
    return name


def _check_postgres(address: Address) -> None:
    for each in address.where.split(",") if address.where else ():
        _check_host(each, DATABASE_FORMS)
    folder, _, name = address.path[1:].rpartition("/")
    in_a_socket = folder.startswith("/") and not address.where
    if not name or (folder and not in_a_socket):
        raise Unmeant(f"must name one database behind the host: {DATABASE_FORMS}.")
    _check_options(dict(parse_qsl(address.query, keep_blank_values=True)))


def _check_options(given: dict[str, str]) -> None:
    """Raises Unmeant for what neither Django nor libpq knows; libpq would say so at each call."""
    from_django = {"pool", "isolation_level", "server_side_binding", "assume_role"}
    known_here = {option.lower() for option in environ.Env._DB_BASE_OPTIONS} | from_django
    options = {name: value for name, value in given.items() if name.lower() not in known_here}
    if not options:
        return
    import psycopg  # installations on SQLite need not load it

    try:
        psycopg.conninfo.make_conninfo("", **options)
    except psycopg.Error:
        raise Unmeant("asks for an option behind its ? that PostgreSQL does not know.") from None


def redis(text: str) -> str:
    """The address as redis-py reads it; what it would pass over in silence is refused."""
    address = split(text, {"unix", *REDIS}, REDIS_FORMS)
    if address.scheme == "unix":
        if address.where or not address.path.strip("/"):
            raise Unmeant("has too few slashes; a socket is unix:///path/to/redis.sock.")
        return address.url()
    _check_host(address.where, REDIS_FORMS)
    if not re.fullmatch("/?[0-9]{0,5}/?", address.path):
        raise Unmeant("must end with the number of a database: redis://host:6379/0.")
    return address.url()
