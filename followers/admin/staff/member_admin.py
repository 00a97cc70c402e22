"""Members: who they are, their role, their accounts. One form, and a page for each person."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from followers.accounts import grants, invitations, members
from followers.accounts.access import own_accounts
from followers.accounts.mail import can_send_mail
from followers.accounts.roles import LABELS, ROLES, role_of
from followers.formats import format_datetime
from followers.models import OfficialAccount

from ..shared.labels import label, time_cell
from ..shared.navigation import may_view_any
from . import member_views
from .forms import RIGHTS, MemberForm
from .permission_fields import limit_rights

NAME = pgettext_lazy("person", "name")


class RoleFilter(admin.SimpleListFilter):
    title = gettext_lazy("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(role.key, role.label) for role in ROLES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(groups__role__key=self.value()) if self.value() else queryset


class MemberAdmin(member_views.MemberBase):
    form = MemberForm
    list_display = ("member", "email", "role", "accounts", "state", "last_sign_in")
    list_display_links = ("member",)
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("-is_active", "username")
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
    actions = None
    show_add_link = False
    list_before_template = "admin/staff/list_before.html"
    change_form_outer_before_template = "admin/staff/member.html"
    log_filter = "person"
    delete_confirmation_template = "admin/staff/delete.html"
    # Checkboxes instead of two lists, which screen readers cannot handle.
    filter_horizontal = ()

    class Media:
        js = ("followers/members.js",)

    # --- Who may do what ------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        # Keys: a prefetch joins the members once more, and would reuse that join for a filter.
        own = OfficialAccount.objects.filter(pk__in=list(own_accounts(request.user)))
        return (
            super()
            .get_queryset(request)
            .filter(pk__in=grants.visible_members(request.user).values("pk"))
            .select_related("invitation")
            .prefetch_related(
                "groups__role", Prefetch("official_accounts", own.only("name"), "own_accounts")
            )
        )

    def manages(self, request: HttpRequest, user: User) -> bool:
        return self._is_among(request, user, grants.manageable_members)

    def _is_among(self, request: HttpRequest, user: User, those: Any) -> bool:
        """Asked once for each page; the services ask again before they do anything."""
        if request.user.is_superuser:
            return True
        known: dict[tuple[Any, int], bool] = request.__dict__.setdefault("_reached", {})
        key = (those, user.pk)
        if key not in known:
            known[key] = those(request.user).filter(pk=user.pk).exists()
        return known[key]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Also where no more than an account can be taken away."""
        may = super().has_change_permission(request, obj)
        if obj is None or not may:
            return may
        return self._is_among(request, obj, grants.removable_members)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may = super().has_delete_permission(request, obj)
        if obj is None or not may:
            return may
        return obj.pk != request.user.pk and self.manages(request, obj)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        hidden = [] if may_view_any(request.user) else ["accounts"]
        return [it for it in self.list_display if it not in hidden]

    # --- The list ---------------------------------------------------------------------------------

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        own = ["is_superuser"] if request.user.is_superuser else []
        return [RoleFilter, "is_active", *own]

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"title": _("Members"), "may_invite": self.has_add_permission(request)}

    @admin.display(description=gettext_lazy("member"))
    def member(self, user: User) -> SafeString:
        name = user.get_full_name()
        return format_html(
            '<span class="wx-cell"><bdi>{}</bdi>{}</span>',
            name or user.get_username(),
            format_html('<bdi class="wx-sub">{}</bdi>', user.get_username()) if name else "",
        )

    @admin.display(description=gettext_lazy("role"))
    def role(self, user: User) -> str:
        if user.is_superuser:
            return _("Superuser")
        return str(LABELS.get(role_of(user), "–"))

    @admin.display(description=gettext_lazy("Official Accounts"))
    def accounts(self, user: Any) -> str:
        """Those of the reader; what else there is, is nobody's business."""
        if user.is_superuser:
            return _("All accounts")
        return _(", ").join(it.name for it in user.own_accounts) or "–"

    @admin.display(description=gettext_lazy("status"))
    def state(self, user: User) -> SafeString:
        if not (user.is_active and user.is_staff):
            return label(_("Deactivated"), "neutral")
        invitation = invitations.invitation_of(user)
        if invitation and not invitation.used_at and not user.has_usable_password():
            waits = invitations.is_open(invitation)
            return label(_("Invited"), "info") if waits else label(_("Link expired"), "danger")
        return label(_("Active"), "success")

    @admin.display(description=gettext_lazy("last signed in"))
    def last_sign_in(self, user: User) -> SafeString:
        return time_cell(user.last_login)

    # --- The form ---------------------------------------------------------------------------------

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        shown = set(flatten_fieldsets(self.get_fieldsets(request, obj)))
        # Fields that a form declares are in it whether they are shown or not.
        hidden = dict.fromkeys(set(MemberForm.declared_fields) - shown)
        managed = obj is None or self.manages(request, obj)
        own = {"request": request, "managed": managed, **hidden}
        return type(form.__name__, (form,), own)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Without accounts for those who may not see their names."""
        sets = self._fieldsets(request, obj)
        if may_view_any(request.user):
            return sets
        hidden = {"accounts", "accounts_shown"}
        return [
            (title, {**its, "fields": [it for it in its["fields"] if it not in hidden]})
            for title, its in sets
        ]

    def _fieldsets(self, request: HttpRequest, obj: User | None) -> Any:
        if obj is None:
            mail = ["send_mail"] if can_send_mail() else []
            return [(None, {"fields": ["username", "name", "email", "role", "accounts", *mail]})]
        shown = ["sign_in_name", "shown_name", "shown_email", "role_shown", "accounts_shown"]
        times = ["signed_in_last"]
        if not self.has_change_permission(request, obj):
            return [(None, {"fields": [*shown, *times]})]
        if not self.manages(request, obj):
            return [(None, {"fields": [*shown[:-1], "accounts", *times]})]
        fields = ["sign_in_name", "name", "email", "role", "accounts"]
        sets: list[Any] = [(None, {"fields": [*fields, *times]})]
        if request.user.is_superuser:
            folded = {"classes": ["collapse"], "fields": [*RIGHTS]}
            sets.append((_("Single permissions"), folded))
        return sets

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        if obj is None:
            return []
        shown = ["shown_name", "shown_email", "role_shown", "accounts_shown", "signed_in_last"]
        return ["sign_in_name", *shown]

    @admin.display(description=gettext_lazy("username"))
    def sign_in_name(self, user: User) -> str:
        """Without the rules for new ones, which Django's own field explains."""
        return user.get_username()

    @admin.display(description=NAME)
    def shown_name(self, user: User) -> str:
        return user.get_full_name() or "–"

    @admin.display(description=gettext_lazy("email address"))
    def shown_email(self, user: User) -> str:
        return user.email or "–"

    @admin.display(description=gettext_lazy("role"))
    def role_shown(self, user: User) -> str:
        return self.role(user)

    @admin.display(description=gettext_lazy("Official Accounts"))
    def accounts_shown(self, user: User) -> str:
        return self.accounts(user)

    @admin.display(description=gettext_lazy("last signed in"))
    def signed_in_last(self, user: User) -> str:
        return format_datetime(user.last_login)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        limit_rights(db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    # --- Saving -----------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            user = members.invite(request.user, form.cleaned_data["username"], form.facts())
            obj.pk, obj.username = user.pk, user.username
            return
        obj.ends_link = members.change(request.user, obj, form.facts())  # type: ignore[attr-defined]
        if "is_superuser" in form.cleaned_data:
            members.set_rights(
                request.user,
                User.objects.get(pk=obj.pk),
                is_superuser=form.cleaned_data["is_superuser"],
                groups=form.cleaned_data["groups"],
                permissions=form.cleaned_data["user_permissions"],
            )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing: save_model has done it."""

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Redirect to the member's page, which shows the link."""
        user = User.objects.select_related("invitation").get(pk=obj.pk)
        if request.POST.get("send_mail") and user.email and can_send_mail():
            member_views.mail_link(request, user)
        else:
            name = user.get_full_name() or user.get_username()
            text = _("“%(name)s” is invited. Copy the link below and send it to them.")
            messages.success(request, text % {"name": name})
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[user.pk]))

    def response_change(self, request: HttpRequest, obj: User) -> HttpResponse:
        if not grants.visible_members(request.user).filter(pk=obj.pk).exists():
            messages.success(request, _("They do not belong to your accounts any more."))
            return HttpResponseRedirect(reverse("admin:auth_user_changelist"))
        answer = super().response_change(request, obj)
        return member_views.offer_link(request, obj) if obj.ends_link else answer  # type: ignore[attr-defined]

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponseBase:
        user = self.get_object(request, object_id)
        if user and self.has_delete_permission(request, user) and members.has_records(user):
            context = {"title": str(user), "member": user, "original": user}
            return self.answer(request, "admin/staff/deactivate.html", context)
        return super().delete_view(request, object_id, extra_context)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        try:
            members.delete(request.user, obj)
        except members.HasRecordsError:
            raise PermissionDenied from None

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, ...]:
        """Nothing but the member: what else is deleted with them is theirs alone."""
        return [str(obj) for obj in objs], {}, set(), []

    # --- Pages ------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        own = {
            "invite": member_views.renew,
            "mail": member_views.send_again,
            "sign-out": member_views.sign_out,
            "activate": member_views.set_active,
        }
        wrap = self.admin_site.admin_view
        addresses = [
            path(f"<int:object_id>/{way}/", wrap(partial(view, self)), name=f"auth_user_{way}")
            for way, view in own.items()
        ]
        return [*addresses, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["show_save_and_add_another"] = context["show_save_and_continue"] = False
        context |= member_views.member_context(self, request, context.get("original"))
        if context.get("original") is None:
            context |= {"title": _("Invite a member"), "save_label": _("Invite")}
        return super().render_change_form(request, context, *args, **kwargs)
