"""Forms that name rows of an account, and what they change."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.contrib import admin
from django.contrib.admin.utils import NestedObjects
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.admin.addresses import addresses

from .asked import request_of_superuser, said
from .everything import Everything

Form = dict[str, Any]


def posts(own: Everything, foreign: Everything) -> Iterator[tuple[str, Form]]:
    """Every address with rows of either account, then every action of every list.

    All forms name rows of `foreign`.
    """
    whole = everything_named(foreign)
    for name, address in [*addresses(foreign.keys), *addresses(own.keys)]:
        for more in _special(foreign).get(name, [{}]):
            yield address, whole | more
    for model, action in actions():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        address = reverse(f"admin:{name}_changelist")
        for step in ("preview", "start") if action.startswith("edit_") else ("",):
            chosen = {"action": action, "index": "0", "step": step}
            for query, ticked in selections(own, foreign, name):
                yield f"{address}?{query}", whole | chosen | ticked


def everything_named(of: Everything) -> Form:
    tags = ("tag", "had_tag", "add_tag", "remove_tag")
    return {
        "post": "yes",
        **dict.fromkeys(("name", "text", "username"), "x"),
        **dict.fromkeys(("shared", "is_active"), "1"),
        "day": str(timezone.localdate()),
        "account": of.account.pk,
        "members": [of.owner.pk],
        "scene": of.channel.scene,
        "ids": f"{of.person.openid} u-of-both",
        **dict.fromkeys(tags, of.tag.pk),
    }


def _special(of: Everything) -> dict[str, list[Form]]:
    """By name of the address, what else its forms say."""
    changes = ("tags", "remark", "note", "block", "unblock")
    within = [f"account__id__exact={it.account_id}&segment={it.pk}" for it in of.segments]
    return {
        "followers_follower_edit": [{"action": it} for it in changes],
        "followers_segment_save": [
            *({"query": query} for query in within),
            *({"query": "q=x", "segment": it.pk} for it in of.segments),
        ],
    }


def actions() -> Iterator[tuple[type[Model], str]]:
    request = request_of_superuser("/")
    for model, model_admin in admin.site._registry.items():
        yield from ((model, name) for name in model_admin.get_actions(request))


def selections(own: Everything, foreign: Everything, name: str) -> Iterator[tuple[str, Form]]:
    """(the query of the list, fields): ticked rows, and all that match."""
    theirs, mine = (f"account__id__exact={it.account.pk}" for it in (foreign, own))
    for query in ("", theirs, mine):
        for whose in (foreign, own):
            yield query, {"_selected_action": [it.pk for it in whose.rows.get(name, [])]}
    segments = (f"segment={it.pk}" for it in foreign.segments)
    for query in ("", theirs, f"q={foreign.mark}", f"tags_any={foreign.tag.pk}", *segments):
        yield query, {"select_across": "1", "_selected_action": "0"}


class Writes:
    """Notices whether anything but sessions is written."""

    def __init__(self) -> None:
        self.found = False

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        is_write = sql.startswith(("INSERT", "UPDATE", "DELETE")) and "django_session" not in sql
        self.found = self.found or is_write
        return execute(sql, *rest)


def attempt(client: Client, address: str, form: Form, mark: str) -> tuple[int, str, bool]:
    """The status, what is said in the end without what was asked, and whether it wrote."""
    content = f"openid\n{form['ids'].split()[0]}\n".encode()
    writes = Writes()
    with connection.execute_wrapper(writes):
        file = SimpleUploadedFile("x.csv", content)
        answer = client.post(address, {**form, "file": file})
        status, _where, text = said(answer)
        if status == 302:
            text = said(client.get(answer["Location"], follow=True))[2]
    for value in [*map(str, form.values()), *form["ids"].split(), *address.split("=")]:
        if mark in value:
            text = text.replace(value, "").replace(quote(value), "")
    return status, text, writes.found


def state(of: Everything) -> dict[type[Model], list[dict[str, Any]]]:
    """Every row that belongs to the account or names a row of it, and its segments."""
    collector = NestedObjects(using="default")
    collector.collect([of.account])
    collector.collect(of.segments)
    keys = {model: {row.pk for row in rows} for model, rows in collector.data.items()}
    for (field, _value), groups in collector.field_updates.items():
        for rows in groups:
            keys.setdefault(field.model, set()).update(row.pk for row in rows)
    keys[User] = {of.owner.pk}
    return {
        model: list(model._base_manager.filter(pk__in=found).order_by("pk").values())
        for model, found in keys.items()
    }
