"""Rights and roles as boxes to tick, in the reader's language and by the pages that they open.

Django keeps the names of rights in the database, in English, and lists those of every table.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.forms.models import ModelChoiceIterator
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

Choices = list[tuple[str, list[tuple[Any, str]]]]

# The rights that Django makes for every table; their group names the table.
USUAL = {
    "view": pgettext_lazy("right", "View"),
    "add": pgettext_lazy("right", "Add"),
    "change": pgettext_lazy("right", "Change"),
    "delete": pgettext_lazy("right", "Delete"),
}
# Tables without pages of their own: nobody needs these rights, but nobody loses them either.
OTHERS = _("Without a page")


class Boxes(forms.CheckboxSelectMultiple):
    page = "admin/wx/boxes.html"

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return mark_safe(render_to_string(self.page, self.get_context(name, value, attrs)))  # noqa: S308


class ByPage(ModelChoiceIterator):
    def __iter__(self) -> Iterator[Any]:
        return iter(grouped(self.queryset.select_related("content_type")))


class RightsField(forms.ModelMultipleChoiceField):
    iterator = ByPage


class BoxesMixin:
    """Boxes instead of the two lists to move things between, which no screen reader can follow."""

    filter_horizontal: tuple[str, ...] = ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("widget", Boxes())
        if db_field.remote_field.model is Permission:
            kwargs.setdefault("form_class", RightsField)
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]


def grouped(permissions: Iterable[Permission]) -> Choices:
    """By the name of the page, in the order of the sidebar's sections; the useless ones last."""
    groups: dict[tuple[bool, str], list[tuple[str, Permission]]] = defaultdict(list)
    for permission in permissions:
        model = permission.content_type.model_class()
        useful = model is not None and admin.site.is_registered(model)
        title = str(capfirst(model._meta.verbose_name_plural) if model and useful else OTHERS)
        groups[(not useful, title)].append((label(permission, bare=useful), permission))
    order = sorted(groups, key=lambda key: (key[0], _place(groups[key])))
    return [
        (title, [(right.pk, name) for name, right in sorted(groups[useless, title], key=_usual)])
        for useless, title in order
    ]


def label(permission: Permission, *, bare: bool) -> str:
    """`bare`: without the table's name, which stands above."""
    action = permission.codename.partition("_")[0]
    model = permission.content_type.model_class()
    if action in USUAL and permission.codename == f"{action}_{permission.content_type.model}":
        what = "" if bare or model is None else f" {model._meta.verbose_name}"
        return f"{USUAL[action]}{what}"
    return gettext(permission.name)


def _place(rights: list[tuple[str, Permission]]) -> tuple[bool, str, int]:
    """What the product is about comes before the users of it."""
    kind = rights[0][1].content_type
    return kind.app_label != "followers", kind.app_label, kind.pk


def _usual(right: tuple[str, Permission]) -> tuple[int, int]:
    action = right[1].codename.partition("_")[0]
    return list(USUAL).index(action) if action in USUAL else len(USUAL), right[1].pk
