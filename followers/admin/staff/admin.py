"""Members, and groups of single permissions; django-q2's pages are removed."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django_q.models import Failure, OrmQ, Schedule, Success

from followers.accounts import grants
from followers.audit import Action, record
from followers.models import OfficialAccount

from ..shared.model_admin import PageAdmin
from .member_admin import MemberAdmin
from .permission_fields import limit_rights, without_link_tables
from .sign_in_form import SignInForm

# A task contains only the id of a run; editing one can only do harm.
for model in (Failure, OrmQ, Schedule, Success, Group, User):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
admin.site.register(User, MemberAdmin)
admin.site.login_form = SignInForm


@admin.register(Group)
class GroupAdmin(PageAdmin, DjangoGroupAdmin):  # type: ignore[misc]
    """Groups beside the ready roles, which are not edited: their table is in the code."""

    # Checkboxes instead of two lists, which screen readers cannot handle.
    filter_horizontal = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        groups: QuerySet[Group] = super().get_queryset(request)
        grantable = grants.grantable_groups(request.user).filter(role=None)
        return groups.filter(pk__in=grantable.values("pk"))

    def _reaches(self, request: HttpRequest, obj: Group | None) -> bool:
        # The menu of every page asks without a group; which are reachable takes long to say.
        if obj is None:
            return True
        return grants.manageable_groups(request.user).filter(pk=obj.pk).exists()

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._reaches(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._reaches(request, obj)

    def formfield_for_manytomany(  # type: ignore[override]
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        limit_rights(db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = _codenames(form.instance)
        super().save_related(request, form, formsets, change)
        after = _codenames(form.instance)
        details: dict[str, Any] = {"permissions": [before, after]} if before != after else {}
        if change and "name" in form.changed_data:
            details["renamed"] = [form.initial["name"], form.instance.name]
        if details or not change:
            _record(Action.GROUP_CHANGED if change else Action.GROUP_ADDED, form.instance, details)

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        _record(Action.GROUP_DELETED, obj, {"permissions": [_codenames(obj), []]})
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        with transaction.atomic():
            for group in queryset:
                self.delete_model(request, group)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        return without_link_tables(super().get_deleted_objects(objs, request))


def _codenames(group: Group) -> list[str]:
    return sorted(group.permissions.values_list("codename", flat=True))


def _record(action: Action, group: Group, details: dict[str, Any]) -> None:
    """For the accounts of everybody whose rights these are."""
    accounts = OfficialAccount.objects.filter(members__groups=group).distinct()
    record(action, subject=group.name, accounts=accounts, details=details)
