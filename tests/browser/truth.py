"""What the sandbox and the database say, to be compared with what a page shows."""

import json
import sqlite3
from contextlib import closing
from typing import Any
from urllib.request import urlopen

from tests.stack import Stack


def lines(stack: Stack, path: str) -> list[str]:
    """The lines of one of the sandbox's lists."""
    with urlopen(f"{stack.sandbox_url}{path}", timeout=30) as answer:
        return answer.read().decode().splitlines()


def tags(stack: Stack) -> list[dict[str, Any]]:
    """The tags as WeChat lists them: `id`, `name`, `count`."""
    with urlopen(f"{stack.sandbox_url}/sandbox/tags", timeout=30) as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def tagged(stack: Stack, name: str) -> set[str]:
    """Who has the tag of this name, as WeChat knows it."""
    number = next(tag["id"] for tag in tags(stack) if tag["name"] == name)
    return set(lines(stack, f"/sandbox/tags/followers?id={number}"))


def people(stack: Stack, **wanted: Any) -> set[str]:
    """Who has a profile with these values, as WeChat knows it."""
    profiles = map(json.loads, lines(stack, "/sandbox/profiles"))
    return {one["openid"] for one in profiles if wanted.items() <= one.items()}


def stored(stack: Stack, condition: str) -> set[str]:
    """Whom the product's database has for this SQL condition on followers."""
    sql = f"SELECT openid FROM followers_follower WHERE {condition}"
    with closing(sqlite3.connect(stack.directory / "demo.sqlite3", timeout=30)) as connection:
        return {openid for (openid,) in connection.execute(sql)}


def stored_with_tag(stack: Stack, name: str) -> set[str]:
    """Whom the product's database has with the tag of this name."""
    having = "SELECT follower_id FROM followers_followertag JOIN followers_tag AS tag"
    return stored(stack, f"id IN ({having} ON tag.id = tag_id WHERE tag.name = '{name}')")
