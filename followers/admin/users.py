"""Users and groups in the theme's clothes; django-q2's own pages are not for this audience."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from .guard import GuardedListMixin
from .permission_boxes import BoxesMixin

# A task holds a run's number and nothing that a marketer could act on; changing one by hand could
# only do harm.
for model in (Failure, OrmQ, Schedule, Success, Group, User):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(User)
class UserAdmin(BoxesMixin, GuardedListMixin, DjangoUserAdmin, ModelAdmin):  # type: ignore[misc]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(BoxesMixin, GuardedListMixin, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    pass
