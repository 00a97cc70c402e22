"""Permissions and groups as checkboxes, translated and grouped by page.

Django stores the names of permissions in English, and lists those of every table.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy

from followers.accounts import grants

from ..shared.model_admin import RecordAdmin

Choices = list[tuple[str, list[tuple[Any, str]]]]
# Django's default permissions; the heading names the model.
USUAL = {
    "view": pgettext_lazy("right", "View"),
    "add": pgettext_lazy("right", "Add"),
    "change": pgettext_lazy("right", "Change"),
    "delete": pgettext_lazy("right", "Delete"),
}


class Checkboxes(forms.CheckboxSelectMultiple):
    page = "admin/shared/boxes.html"

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return mark_safe(render_to_string(self.page, self.get_context(name, value, attrs)))  # noqa: S308


class PermissionsByPage(ModelChoiceIterator):
    def __iter__(self) -> Iterator[Any]:
        return iter(grouped_choices(self.queryset))


class PermissionsField(forms.ModelMultipleChoiceField):
    iterator = PermissionsByPage


def limit_rights(db_field: Any, request: HttpRequest, kwargs: dict[str, Any]) -> None:
    """Have a form field offer the permissions or groups that the user may give, as boxes."""
    kwargs["widget"] = Checkboxes()
    if db_field.related_model is Permission:
        held = grants.grantable_permissions(request.user)
        kwargs["queryset"] = page_permissions().filter(pk__in=held.values("pk"))
        kwargs["form_class"] = PermissionsField
    if db_field.related_model is Group:
        kwargs["queryset"] = grants.grantable_groups(request.user).filter(role=None)


def without_link_tables(found: Any) -> tuple[Any, Any, Any, Any]:
    """`found` of ModelAdmin.get_deleted_objects, without the rows of many-to-many tables."""
    to_delete, counts, missing, protected = found
    links = [it._meta for it in apps.get_models(include_auto_created=True)]
    links = [meta for meta in links if meta.auto_created]
    plurals = {meta.verbose_name_plural for meta in links}
    starts = tuple(f"{capfirst(meta.verbose_name)}: " for meta in links)
    counts = {name: number for name, number in counts.items() if name not in plurals}
    return _without(to_delete, starts), counts, missing, protected


def _without(found: list[Any], starts: tuple[str, ...]) -> list[Any]:
    """Keeps Django's nesting."""
    kept = [_without(it, starts) if isinstance(it, list) else it for it in found]
    return [it for it in kept if it and not (isinstance(it, str) and it.startswith(starts))]


def grouped_choices(permissions: Iterable[Permission]) -> Choices:
    """Choices grouped by page, in the order of the sidebar's sections."""
    groups: dict[str, list[tuple[str, Permission]]] = defaultdict(list)
    for permission in permissions:
        model = permission.content_type.model_class()
        if model is not None:
            title = str(capfirst(model._meta.verbose_name_plural))
            groups[title].append((permission_label(permission), permission))
    order = sorted(groups, key=lambda title: _place(groups[title]))
    return [
        (title, [(right.pk, name) for name, right in sorted(groups[title], key=_usual)])
        for title in order
    ]


def page_permissions() -> QuerySet[Permission]:
    """The permissions that have an effect.

    Models without pages have permissions that do nothing; so have records, beyond viewing.
    """
    pages = admin.site._registry.items()
    kinds = ContentType.objects.get_for_models(*(model for model, _page in pages))
    nothing = [
        f"{action}_{model._meta.model_name}"
        for model, page in pages
        if isinstance(page, RecordAdmin)
        for action in {"add", "change", "delete"}.difference(page.rights_elsewhere)
    ]
    found = Permission.objects.filter(content_type__in=kinds.values())
    return found.exclude(codename__in=nothing).select_related("content_type")


def permission_label(permission: Permission) -> str:
    """The label without the model's name, which is in the heading."""
    action, _underscore, what = permission.codename.partition("_")
    if action in USUAL and what == permission.content_type.model:
        return str(USUAL[action])
    return gettext(permission.name)


def _place(rights: list[tuple[str, Permission]]) -> tuple[bool, str, int]:
    """Our own models before Django's users and groups."""
    kind = rights[0][1].content_type
    return kind.app_label != "followers", kind.app_label, kind.pk


def _usual(right: tuple[str, Permission]) -> tuple[int, int]:
    action = right[1].codename.partition("_")[0]
    return list(USUAL).index(action) if action in USUAL else len(USUAL), right[1].pk
