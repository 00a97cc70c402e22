"""Channels: names of QR scenes, edited in a list; scenes without a name are offered."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.urls.resolvers import URLPattern
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from unfold.decorators import display

from followers import channel_files
from followers.accounts.access import accounts_of, has_perm, own_accounts
from followers.audit import Action, record
from followers.channels import Key, Reach, reach, unnamed
from followers.models import Channel
from followers.segments.choices import ALL
from followers.segments.filter import ACCOUNT, SCENE, STATUS
from followers.segments.texts import printable_text

from ..shared.chosen_account import OwnAccountFilter, chosen_account, only_account
from ..shared.endpoints import admin_path, attachment
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.segment_uses import warn_of_channels, warn_of_old_names
from .import_view import LIST, import_view

OFFERED = 10


def _count_links(request: HttpRequest, key: Key, found: Reach) -> dict[str, SafeString | str]:
    """Followers that a scene brought and how many still follow; links if the user may see them."""
    return {
        "brought": _count_link(request, found.brought, key, {STATUS: ALL}),
        "staying": _count_link(request, found.staying, key),
    }


def _count_link(
    request: HttpRequest, number: int, key: Key, also: Mapping[str, str] | None = None
) -> SafeString | str:
    if not number or not has_perm(request.user, "view_follower", key[0]):
        return f"{number:,}"
    query = urlencode({ACCOUNT: str(key[0]), SCENE: key[1], **(also or {})})
    url = f"{reverse('admin:followers_follower_changelist')}?{query}"
    return format_html('<a class="wx-figure" href="{}">{}</a>', url, f"{number:,}")


class ListForm(forms.ModelForm):
    """A row of the list: its fields need labels for screen readers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"name": _("Name of %(scene)s"), "group": _("Group of %(scene)s")}
        for name in labels.keys() & self.fields.keys():
            label = labels[name] % {"scene": printable_text(self.instance.scene)}
            self.fields[name].widget.attrs["aria-label"] = label


@admin.register(Channel)
class ChannelAdmin(OwnObjectsAdmin):
    """Users name the scenes of their own accounts."""

    list_before_template = "admin/followers/channel/before_list.html"
    list_display = ("scene", "name", "group", "brought", "staying")
    list_editable = ("name", "group")
    list_display_links = ("scene",)
    list_per_page = 100
    list_select_related = ("account",)
    search_fields = ("scene", "name", "group")
    search_help_text = gettext_lazy("Scene, name or group")
    show_full_result_count = False
    fields = ("account", "scene", "name", "group")

    class Media:
        css = {"all": ("followers/followers.css",)}
        js = ("followers/channels.js",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # A scene of one account means nothing in another.
        return ("account",) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "account":
            kwargs["queryset"] = accounts_of(request.user)
            kwargs["initial"] = chosen_account(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "account" and field is not None:
            # Accounts are edited on their own page.
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_view_related = field.widget.can_delete_related = False
        return field

    # --- the list -----------------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> list[str]:
        several = len(own_accounts(request.user)) > 1 and chosen_account(request) is None
        return ["scene", *["account_name"] * several, *self.list_display[1:]]

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **{"form": ListForm, **kwargs})

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        return (OwnAccountFilter, OwnGroupFilter)

    @display(description=gettext_lazy("account"))
    def account_name(self, channel: Channel) -> str:
        return channel.account.name

    @display(description=gettext_lazy("brought"))
    def brought(self, channel: Any) -> SafeString | str:
        return channel.figures["brought"]  # type: ignore[no-any-return]

    @display(description=gettext_lazy("still following"))
    def staying(self, channel: Any) -> SafeString | str:
        return channel.figures["staying"]  # type: ignore[no-any-return]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        context: dict[str, Any] = {"title": _("Channels"), "query": _account_query(request)}
        if self.has_add_permission(request) and request.method == "GET":
            context["unnamed"] = self._offered(request)
        page = super().changelist_view(request, {**context, **(extra_context or {})})
        self._warn_of_old_names(request)
        listed = getattr(page, "context_data", None) or {}
        if "cl" in listed:
            self._count(request, listed["cl"].result_list, listed.get("unnamed", []))
        return page

    def _count(
        self, request: HttpRequest, listed: Iterable[Any], offered: Iterable[dict[str, Any]]
    ) -> None:
        """Count the followers of all scenes of the page in one query."""
        named = {(channel.account_id, channel.scene): channel for channel in listed}
        unnamed = {(row["account"], row["scene"]): row for row in offered}
        found = reach([*named, *unnamed])
        for key, channel in named.items():
            channel.figures = _count_links(request, key, found.get(key, Reach()))
        for key, row in unnamed.items():
            row |= _count_links(request, key, found.get(key, Reach()))

    def _offered(self, request: HttpRequest) -> list[dict[str, Any]]:
        own, chosen = own_accounts(request.user), chosen_account(request)
        several = chosen is None
        return [
            {
                "scene": it.scene,
                "shown": printable_text(it.scene),
                "account": it.account_id,
                "account_name": own[it.account_id] if several else "",
            }
            for it in unnamed([chosen] if chosen else list(own), OFFERED)
        ]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        page = super().changeform_view(request, *args, **kwargs)
        self._warn_of_old_names(request)
        return page

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        names = {name: form.initial.get(name) for name in ("name", "group")}
        if change and names.keys() & set(form.changed_data):
            before = Channel(account_id=obj.account_id, scene=obj.scene, **names)
            request.__dict__.setdefault("_renamed_channels", []).append(before)

    def _warn_of_old_names(self, request: HttpRequest) -> None:
        for text in warn_of_old_names(request, request.__dict__.pop("_renamed_channels", [])):
            messages.warning(request, text)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """For both pages of confirmation, which also name the segments that use the channels."""
        rows = list(objs)
        if "post" not in request.POST:
            for text in warn_of_channels(request, rows):
                messages.warning(request, text)
        return super().get_deleted_objects(rows, request)

    # --- naming, import, export ---------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        return [
            admin_path(self, "name/", type(self).name_view, "name"),
            admin_path(self, "export/", type(self).export_view, "export"),
            admin_path(self, "import/", import_view, "import"),
            *super().get_urls(),
        ]

    def name_view(self, request: HttpRequest) -> HttpResponseBase:
        """Name several scenes: the lists of fields account, scene, name, group belong together."""
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        if not self.has_add_permission(request):
            raise PermissionDenied
        fields = ("account", "scene", "name", "group")
        rows = list(zip(*(request.POST.getlist(name) for name in fields), strict=False))
        named = [row for row in rows if row[2].strip()]
        saved = sum(_save_name(request, *row) for row in named)
        if saved:
            text = ngettext("Named %(count)s scene.", "Named %(count)s scenes.", saved)
            messages.success(request, text % {"count": saved})
        if saved < len(named):
            text = _("Not saved: names and groups have at most 100 characters, scenes 64.")
            messages.error(request, text)
        if not named:
            messages.warning(request, _("Nothing was saved: enter a name for at least one scene."))
        return HttpResponseRedirect(f"{reverse(LIST)}{_account_query(request)}")

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """The channels of the chosen account, or of the only one, as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        account = only_account(request)
        if account is None:
            messages.error(request, _("Choose one account: each has channels of its own."))
            return HttpResponseRedirect(reverse(LIST))
        facts = {"channels": True}
        record(Action.EXPORTED, subject=account.name, accounts=[account], details=facts)
        text = channel_files.written(Channel.objects.filter(account=account))
        name = f"{account.app_id}-{_('channels')}-{timezone.localdate():%Y-%m-%d}.csv"
        return attachment(text, name)


def _account_query(request: HttpRequest) -> str:
    chosen = chosen_account(request)
    return f"?{urlencode({ACCOUNT: chosen})}" if ACCOUNT in request.GET and chosen else ""


def _save_name(request: HttpRequest, account: str, scene: str, name: str, group: str) -> bool:
    """Save one name; False if scene, name or account is invalid."""
    values = {"scene": scene, "name": name.strip(), "group": group.strip()}
    too_long = any(len(values[key]) > most for key, most in channel_files.MAX_LENGTHS.items())
    own = {str(pk): pk for pk in own_accounts(request.user)}
    if too_long or account not in own or not scene or "\0" in "".join(values.values()):
        return False
    key = {"account_id": own[account], "scene": values.pop("scene")}
    # If another user has named it meanwhile, that name stays.
    Channel.objects.get_or_create(**key, defaults=values)
    return True


class OwnGroupFilter(admin.SimpleListFilter):
    title = pgettext_lazy("channels", "group")
    parameter_name = "group"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        own = model_admin.get_queryset(request).exclude(group="").order_by("group")
        return [(name, name) for name in own.values_list("group", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Channel]) -> QuerySet[Channel]:
        return queryset.filter(group=self.value()) if self.value() else queryset
