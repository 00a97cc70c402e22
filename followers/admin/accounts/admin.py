"""Official Accounts: their keys, whether WeChat accepts them, and the button that syncs."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.urls.resolvers import URLPattern
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.accounts.access import has_perm
from followers.accounts.credentials import replace_secret
from followers.audit import Action, record
from followers.models import Follower, OfficialAccount, SyncRun
from followers.schedules.words import next_due

from ..runs import words as run_words
from ..shared.account_stats import follower_counts, latest_runs, schedules_of
from ..shared.endpoints import admin_path
from ..shared.formats import format_number
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.safe_changelist import SafeChangeList
from ..shared.urls import account_url, follower_list_url, run_url, sync_url
from . import buttons, panel, schedule
from .form import AccountForm


class AccountChangeList(SafeChangeList):
    """Adds the follower count and the latest run to the accounts of this page only."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        runs = latest_runs(self.result_list)
        counts = follower_counts(self.result_list, runs)
        schedules = schedules_of(self.result_list)
        linked = has_perm(request.user, "view_follower")
        for account in self.result_list:
            account.latest_run = runs.get(account.pk)
            account.follower_count = counts[account.pk]
            account.next_due = next_due(schedules.get(account.pk))
            account.followers_url = follower_list_url(account) if linked else ""


@admin.register(OfficialAccount)
class OfficialAccountAdmin(OwnObjectsAdmin):
    form = AccountForm
    changelist_class = AccountChangeList
    list_display = ["name", "app_id", "followers", "last_sync", "next_sync", "sync_button"]
    search_fields = ["name", "app_id"]
    show_full_result_count = False
    list_per_page = 50
    actions = [buttons.sync_followers]
    warn_unsaved_form = True
    change_form_outer_before_template = "admin/followers/officialaccount/panel.html"
    log_filter = "account__id__exact"
    add_fieldsets = [(None, {"fields": ["name", "app_id", "app_secret"]})]
    fieldsets = [
        (gettext_lazy("Basics"), {"classes": ["tab"], "fields": ["name", "known_members"]}),
        (gettext_lazy("Interface"), {"classes": ["tab"], "fields": ["app_id", "app_secret"]}),
    ]

    # --- Who may do what ------------------------------------------------------------------------

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return has_perm(request.user, "sync_officialaccount")

    def has_delete_permission(
        self, request: HttpRequest, obj: OfficialAccount | None = None
    ) -> bool:
        """Only superusers, and only an account without followers and without an active sync.

        WeChat cannot give a follower's history again, and deleting a million rows in a web request
        would block other users for minutes.
        """
        if not request.user.is_superuser:
            return False
        return obj is None or not (
            Follower.objects.filter(account=obj).exists()
            or SyncRun.objects.filter(account=obj, status__in=SyncRun.ACTIVE).exists()
        )

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, ...]:
        """Counts only: Django would list every row and check a permission for each."""
        runs = SyncRun.objects.filter(account__in=objs).count()
        return [str(obj) for obj in objs], {_("sync runs"): runs}, set(), []

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if not request.user.has_perm("auth.view_user"):
            fieldsets = [
                (name, {**its, "fields": [it for it in its["fields"] if it != "known_members"]})
                for name, its in fieldsets
            ]
        # The first tab is the open one.
        keyless = isinstance(obj, OfficialAccount) and not obj.app_secret
        return fieldsets[::-1] if keyless else fieldsets

    @admin.display(description=gettext_lazy("members"))
    def known_members(self, account: OfficialAccount) -> SafeString | str:
        """With links to their pages, where accounts are given and taken; without superusers."""
        # The theme asks for the content of a field many times.
        shown: SafeString | None = account.__dict__.get("_known_members")
        if shown is None:
            people = account.members.filter(is_superuser=False).order_by("username")
            links = (
                (reverse("admin:auth_user_change", args=[it.pk]), it.get_full_name() or it)
                for it in people
            )
            link = '<a class="wx-link" href="{}"><bdi>{}</bdi></a>'
            shown = account.__dict__["_known_members"] = format_html_join(_(", "), link, links)
        return shown or "–"

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        # Followers, tags and history belong to the AppID: another AppID is another account.
        return ["app_id", "known_members"] if obj else []

    # --- Saving -----------------------------------------------------------------------------------

    def save_model(
        self, request: HttpRequest, obj: OfficialAccount, form: ModelForm, change: bool
    ) -> None:
        if not change:
            obj.save()
            record(Action.ACCOUNT_ADDED, subject=obj.name, accounts=[obj])
            return
        # A sync may write to the same row while the form is open.
        obj.save(update_fields=[name for name in ("name",) if name in form.changed_data])
        if "name" in form.changed_data:
            names = {"renamed": [form.initial["name"], obj.name]}
            record(Action.ACCOUNT_CHANGED, subject=obj.name, accounts=[obj], details=names)
        if "app_secret" in form.changed_data:
            replace_secret(obj, obj.app_secret)

    def delete_model(self, request: HttpRequest, obj: OfficialAccount) -> None:
        record(Action.ACCOUNT_DELETED, subject=obj.name, accounts=[obj])
        super().delete_model(request, obj)

    def save_related(
        self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        if not change and not request.user.is_superuser:
            # The user who adds an account becomes a member of it.
            form.instance.members.add(request.user)

    def response_add(
        self, request: HttpRequest, obj: OfficialAccount, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Redirect to the new account's page, where it can be tested and synced."""
        if "_addanother" in request.POST or "_popup" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        messages.success(
            request, _("The account was added. Test the connection, then sync the followers.")
        )
        return HttpResponseRedirect(account_url(obj))

    # --- The list ---------------------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> list[str]:
        hidden = [] if self.has_sync_permission(request) else ["sync_button"]
        return [it for it in super().get_list_display(request) if it not in hidden]

    @admin.display(description=gettext_lazy("followers"))
    def followers(self, account: Any) -> SafeString:
        count = format_number(account.follower_count)
        if not account.followers_url:
            return format_html('<span class="wx-figure">{}</span>', count)
        return format_html('<a class="wx-figure" href="{}">{}</a>', account.followers_url, count)

    @admin.display(description=gettext_lazy("last sync"))
    def last_sync(self, account: Any) -> SafeString:
        run = account.latest_run
        if run is None:
            return format_html('<span class="wx-sub">{}</span>', _("never synced"))
        return format_html(
            '<div class="wx-cell">{} <a class="wx-sub" href="{}">{}</a></div>',
            run_words.live_status(run),
            run_url(run),
            run_words.summary_line(run),
        )

    @admin.display(description=gettext_lazy("next sync"))
    def next_sync(self, account: Any) -> SafeString:
        return format_html('<span class="wx-nowrap">{}</span>', account.next_due or "–")

    @admin.display(description="")
    def sync_button(self, account: Any) -> SafeString:
        run = account.latest_run
        if run and run.is_active:
            return format_html(
                '<a class="wx-button wx-small wx-plain" href="{}">{}</a>',
                run_url(run),
                _("Watch the sync"),
            )
        # `formaction`, because a form of its own cannot stand inside the list's form.
        return format_html(
            '<button class="wx-button wx-small" type="submit" data-busy formmethod="post" '
            'formaction="{}" aria-label="{}">{}</button>',
            sync_url(account),
            _("Sync followers of %(account)s") % {"account": account.name},
            _("Sync followers"),
        )

    # --- Endpoints ------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        return [
            admin_path(self, "<int:object_id>/sync/", buttons.sync, "sync"),
            admin_path(self, "<int:object_id>/test/", buttons.test, "test"),
            admin_path(self, "<int:object_id>/quota/", buttons.ask_quota, "quota"),
            admin_path(self, "<int:object_id>/schedule/", schedule.set_schedule, "schedule"),
            admin_path(self, "<int:object_id>/offer/", schedule.answer_offer, "offer"),
            *super().get_urls(),
        ]

    # --- The account's page ---------------------------------------------------------------------

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        account = context.get("original")
        context["show_save_and_add_another"] = False
        if account is not None:
            context |= panel.panel_context(request, account)
        return super().render_change_form(request, context, *args, **kwargs)
