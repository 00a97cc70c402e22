"""Users and groups with the theme's looks; django-q2's pages are removed."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from ..shared.model_admin import PageAdmin
from . import grants
from .permission_fields import Checkboxes, PermissionsField, page_permissions, without_link_tables

# A task contains only the id of a run; editing one can only do harm.
for model in (Failure, OrmQ, Schedule, Success, Group, User):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
RIGHTS = ("groups", "user_permissions")


class RightsAdmin(PageAdmin):
    """Limits objects and choices to what `grants` allows the user."""

    # Checkboxes instead of two lists, which screen readers cannot handle.
    filter_horizontal: tuple[str, ...] = ()

    def reachable(self, request: HttpRequest) -> QuerySet[Any]:
        """The objects that the user may change and delete, given the permission."""
        raise NotImplementedError

    def _reaches(self, request: HttpRequest, obj: Model | None) -> bool:
        return obj is None or self.reachable(request).filter(pk=obj.pk).exists()

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._reaches(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._reaches(request, obj)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Permission:
            held = grants.grantable_permissions(request.user)
            kwargs["queryset"] = page_permissions().filter(pk__in=held.values("pk"))
            kwargs["form_class"] = PermissionsField
        if db_field.related_model is Group:
            kwargs["queryset"] = grants.grantable_groups(request.user)
        return super().formfield_for_manytomany(db_field, request, widget=Checkboxes(), **kwargs)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        return without_link_tables(super().get_deleted_objects(objs, request))


class OwnGroupsFilter(admin.SimpleListFilter):
    """Django's own filter would disclose all groups and their members."""

    title = Group._meta.verbose_name_plural or ""
    parameter_name = "groups__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        groups = grants.grantable_groups(request.user).order_by("name")
        return [(str(group.pk), group.name) for group in groups]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if not self.value():
            return queryset
        known = grants.grantable_groups(request.user)
        return queryset.filter(groups__in=[it for it in known if str(it.pk) == self.value()])


@admin.register(User)
class UserAdmin(RightsAdmin, DjangoUserAdmin):  # type: ignore[misc]
    form = UserChangeForm
    add_form = UserCreationForm
    # The theme's empty add_fieldsets come first in the MRO.
    add_fieldsets = DjangoUserAdmin.add_fieldsets
    change_password_form = AdminPasswordChangeForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request)
        return users.filter(pk__in=grants.visible_users(request.user).values("pk"))

    def reachable(self, request: HttpRequest) -> QuerySet[User]:
        return grants.manageable_users(request.user)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        known = ["is_staff", "is_superuser", "is_active"]
        if not request.user.is_superuser:
            known.remove("is_superuser")
        return [*known, OwnGroupsFilter]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Without fields that the user may not see; these are not in the form either."""
        hidden = self._hidden(request, obj)
        return [
            (name, {**options, "fields": [it for it in options["fields"] if it not in hidden]})
            for name, options in super().get_fieldsets(request, obj)
        ]

    def _hidden(self, request: HttpRequest, obj: User | None) -> set[str]:
        if obj is None or request.user.is_superuser:
            return set()
        hidden = {"is_superuser"}
        if not self.has_change_permission(request, obj):
            hidden.add("password")
        # These name permissions that the user does not have.
        return hidden if self._reaches(request, obj) else hidden | set(RIGHTS)

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Redirect to the new user's page with a message that says what to do next."""
        if "_addanother" in request.POST or IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, post_url_continue)
        text = _("Added the user “%(name)s”. Now set what they may do.")
        messages.success(request, text % {"name": obj.get_username()})
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[obj.pk]))


@admin.register(Group)
class GroupAdmin(RightsAdmin, DjangoGroupAdmin):  # type: ignore[misc]
    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        groups: QuerySet[Group] = super().get_queryset(request)
        return groups.filter(pk__in=grants.grantable_groups(request.user).values("pk"))

    def reachable(self, request: HttpRequest) -> QuerySet[Group]:
        return grants.manageable_groups(request.user)
