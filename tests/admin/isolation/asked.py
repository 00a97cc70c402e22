"""What can be asked of an account, with its own keys and texts, and what is answered."""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from followers.admin.audit.filters import PARAMETERS
from followers.segments.query import FILTERS
from tests.admin.addresses import addresses

from .everything import Everything

Values = dict[str, Callable[[Everything], list[Any]]]
MOMENTS = ("followed", "first_seen", "left", "began", "ended")
# By parameter of a list, the values that name something of an account, or everybody there.
VALUES: Values = {
    "account__id__exact": lambda it: [it.account.pk],
    "q": lambda it: [it.person.openid, "u-of-both", it.person.remark, it.person.note, it.mark],
    "segment": lambda it: [segment.pk for segment in it.segments],
    "subscribed__exact": lambda it: ["1", "0", "all"],
    **dict.fromkeys(
        ("tags__id__exact", "tags_all", "tags_any", "tags_none"), lambda it: [it.tag.pk]
    ),
    **dict.fromkeys(("origin_source", "subscribe_scene__exact"), lambda it: ["ADD_SCENE_QR_CODE"]),
    "scene": lambda it: [it.channel.scene, it.channel.name],
    "origin_scene": lambda it: [it.channel.scene],
    **dict.fromkeys(("channel_contains", "channel_group_contains"), lambda it: [it.mark]),
    **dict.fromkeys(("channel_group", "group"), lambda it: [it.channel.group]),
    **dict.fromkeys((f"{it}_from" for it in MOMENTS), lambda it: ["2024-01-01"]),
    **dict.fromkeys((f"{it}_to" for it in MOMENTS), lambda it: ["2030-01-01"]),
    **dict.fromkeys((f"{it}_within" for it in MOMENTS[:3]), lambda it: ["3650d"]),
    **dict.fromkeys(("untagged", "still", "details_stale", "elsewhere"), lambda it: ["1"]),
    **dict.fromkeys(
        ("unionid__isempty", "remark__isempty", "note__isempty", "blacklisted__exact"),
        lambda it: ["0", "1"],
    ),
    "status__exact": lambda it: ["succeeded", "review"],
    **dict.fromkeys(("is_active__exact", "is_superuser__exact"), lambda it: [1]),
    "role": lambda it: ["administrator", "marketer", "viewer"],
    "part": lambda it: ["", it.mark],
    "kind": lambda it: ["signing_in", "members", "exports", "changes", "syncs", "accounts"],
    "person": lambda it: [it.owner.pk],
    "by": lambda it: ["page", "command"],
    "from": lambda it: ["2024-01-01"],
    "to": lambda it: ["2030-01-01"],
    "within": lambda it: ["3650d"],
}
OF_LOG = PARAMETERS
OF_FOLLOWERS = {name for kind in FILTERS for name in kind.parameters}
# Parameters of addresses that are no list.
ASKED_OF = {
    "followers_follower_count": OF_FOLLOWERS,
    "followers_follower_channels": {"part", "account__id__exact"},
    "followers_follower_groups": {"part", "account__id__exact"},
    "followers_auditentry_export": {*OF_LOG, "q"},
}
# Of forms, and of what was read from uploads: 16 random bytes.
TOKEN = re.compile(r'(csrfmiddlewaretoken" value|X-CSRFToken)\W+\w+|(?<=["/])[\w-]{22}(?=["/])')

CLOCK = re.compile(r"\d\d:\d\d(:\d\d)?")


def pages(of: Everything) -> Iterator[str]:
    """Every address, and every list and count with each parameter, alone and with the account."""
    account = {"account__id__exact": of.account.pk}
    for name, address in addresses(of.keys):
        yield address
        if name == "figures_file":
            yield address.replace(".csv", ".xlsx")
        yield f"{address}?{urlencode(account)}"
        for parameter in sorted(parameters_of(name)):
            for value in VALUES[parameter](of):
                yield f"{address}?{urlencode({parameter: value})}"
                yield f"{address}?{urlencode({**account, parameter: value})}"
    yield from autocompletes(of)


def parameters_of(name: str) -> set[str]:
    """What the address of this name understands in its query, as far as rows are chosen by it."""
    for model, model_admin in admin.site._registry.items():
        if name == f"{model._meta.app_label}_{model._meta.model_name}_changelist":
            return {*_filter_parameters(model_admin), "q"}
    return ASKED_OF.get(name, set())


def _filter_parameters(model_admin: Any) -> Iterator[str]:
    own = {"follower": OF_FOLLOWERS, "auditentry": OF_LOG}
    if model_admin.opts.model_name in own:
        yield from own[model_admin.opts.model_name]
        return
    request = request_of_superuser("/?account__id__exact=1")
    for each in model_admin.get_list_filter(request):
        if isinstance(each, tuple):
            yield f"{each[0]}__id__exact"
        else:
            yield f"{each}__exact" if isinstance(each, str) else each.parameter_name


def request_of_superuser(address: str) -> Any:
    request = Client().get(address).wsgi_request
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    return request


def autocompletes(of: Everything) -> Iterator[str]:
    """Of every relation of every model, whether or not a form completes it."""
    for label in ("followers", "auth"):
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.get_fields():
                if field.is_relation and field.concrete:
                    asked = {"app_label": label, "model_name": model._meta.model_name}
                    asked |= {"field_name": field.name, "term": of.mark}
                    yield f"{reverse('admin:autocomplete')}?{urlencode(asked)}"
                    yield f"{reverse('admin:autocomplete')}?{urlencode({**asked, 'term': ''})}"


def answers(client: Client, asked: list[str]) -> dict[str, tuple[int, str, str]]:
    """What is said at each address; whatever asking wrote is undone."""
    found = {}
    with transaction.atomic():
        for address in asked:
            found[address] = said(client.get(address))
        transaction.set_rollback(True)
    return found


def said(answer: Any) -> tuple[int, str, str]:
    """Status, where to, and the text without random tokens and times of day."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if "spreadsheet" in answer.get("Content-Type", ""):
        text = str(list(load_workbook(io.BytesIO(body)).active.values))
    else:
        text = CLOCK.sub("", TOKEN.sub("", body.decode(errors="replace")))
    return answer.status_code, answer.get("Location", ""), text
