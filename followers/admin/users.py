"""Users and groups in the theme's clothes; django-q2's own pages are not for this audience."""

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from .guard import GuardedListMixin
from .permission_boxes import BareDeletionMixin, BoxesMixin

# A task holds a run's number and nothing that a marketer could act on; changing one by hand could
# only do harm.
for model in (Failure, OrmQ, Schedule, Success, Group, User):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(User)
class UserAdmin(BoxesMixin, BareDeletionMixin, GuardedListMixin, DjangoUserAdmin, ModelAdmin):  # type: ignore[misc]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        """To the user's own page, saying what is still to be done there."""
        if "_addanother" in request.POST or IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, post_url_continue)
        text = _("Added the user “%(name)s”. Now set what they may do.")
        messages.success(request, text % {"name": obj.get_username()})
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[obj.pk]))


@admin.register(Group)
class GroupAdmin(BoxesMixin, BareDeletionMixin, GuardedListMixin, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    pass
