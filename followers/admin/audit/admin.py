"""The activity log: who did what, from where, for the administrators of the accounts concerned."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.urls.resolvers import URLPattern
from django.utils import timezone, translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import display

from followers import audit
from followers.accounts.access import has_perm, own_accounts
from followers.files.columns import LOG_COLUMNS
from followers.files.csv_writer import CsvWriter
from followers.formats import format_datetime
from followers.models import AuditEntry, OfficialAccount

from ..shared.endpoints import admin_path, attachment
from ..shared.labels import isolated_text
from ..shared.model_admin import PageAdmin, RecordAdmin
from ..shared.safe_changelist import SafeChangeList
from .facts import Reader
from .filters import PARAMETERS, LogQuery
from .words import line

# Lines that are read at once for a file.
CHUNK = 2_000
LIST = "admin:followers_auditentry_changelist"


class LogChangeList(SafeChangeList):
    """Its filters are a form above the list: `asked`."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.asked = LogQuery(request)
        super().__init__(request, *args, **kwargs)
        self.has_active_filters = self.has_active_filters or self.asked.is_narrowed

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        return {name: it for name, it in found.items() if name not in PARAMETERS}

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[AuditEntry]:
        rows = super().get_queryset(request, exclude_parameters)
        self.problems = [*self.problems, *self.asked.problems]
        return self.asked.narrow(rows)

    def tell(self, request: HttpRequest) -> None:
        """On the page alone: the address of the file leads there."""
        if not request.path.endswith("/export/"):
            super().tell(request)

    @property
    def file_query(self) -> str:
        """The filters of the list, for the file of all its pages."""
        return self.get_query_string(remove=[PAGE_VAR])

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        reader = reader_of(request)
        self.result_list: Any = list(self.result_list)
        for entry in self.result_list:
            entry.line = line(entry, reader)


def reader_of(request: HttpRequest) -> Reader:
    user = request.user
    return Reader(own_accounts(user), user.is_superuser, has_perm(user, "view_tag"))


@admin.register(AuditEntry)
class AuditEntryAdmin(RecordAdmin):
    """Users see the lines that concern an account of theirs; superusers see all."""

    change_list_template = "admin/followers/auditentry/change_list.html"
    list_before_template = "admin/followers/auditentry/filters.html"
    list_display = ("when", "who", "what", "concerned", "place")
    list_display_links = None
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("actor_name", "subject")
    search_help_text = gettext_lazy("Name of a person or thing")
    sortable_by = ()
    actions = None
    fields = readonly_fields = list_display
    ordering = ("-pk",)
    changelist_class = LogChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        rows = PageAdmin.get_queryset(self, request)
        if request.user.is_superuser:
            return rows
        # A subquery: a line that concerns several of the accounts is one line.
        own = AuditEntry.accounts.through._base_manager.filter(
            officialaccount__in=list(own_accounts(request.user))
        )
        return rows.filter(pk__in=own.values("auditentry"))

    def account_of(self, obj: Any) -> None:
        """None: a line concerns several, and `get_queryset` has asked for them."""

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.line = line(found, reader_of(request))
        return found

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"title": _("Activity log")}

    # --- Columns ------------------------------------------------------------------------------

    @display(description=gettext_lazy("time"))
    def when(self, entry: AuditEntry) -> SafeString:
        return format_html('<span class="wx-nowrap">{}</span>', format_datetime(entry.happened_at))

    @display(description=pgettext_lazy("log", "who"))
    def who(self, entry: Any) -> SafeString:
        return isolated_text(entry.line.who)

    @display(description=gettext_lazy("what happened"))
    def what(self, entry: Any) -> SafeString:
        it = entry.line
        about = [isolated_text(text) for text in it.about]
        if it.link_text:
            link = format_html('<a class="wx-link" href="{}">{}</a>', it.link, it.link_text)
            about.insert(0, link if it.link else isolated_text(it.link_text))
        return format_html(
            '<div class="wx-line"><b>{}</b> {}<div class="wx-sub">{}</div></div>',
            it.what,
            isolated_text(it.subject),
            format_html_join(" · ", "{}", ((text,) for text in about)),
        )

    @display(description=gettext_lazy("Official Accounts"))
    def concerned(self, entry: Any) -> SafeString:
        if not entry.line.accounts:
            return format_html('<span class="wx-none">{}</span>', "–")
        return isolated_text(entry.line.accounts)

    @display(description=pgettext_lazy("log", "from"))
    def place(self, entry: Any) -> str:
        return entry.line.place  # type: ignore[no-any-return]

    # --- The file -----------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        return [admin_path(self, "export/", type(self).export_view, "export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """The lines of the list, of all its pages, as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            asked = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse(LIST))
        if asked.problems:
            # A file says nothing about itself: rather none than another one than was asked for.
            return HttpResponseRedirect(f"{reverse(LIST)}?{request.GET.urlencode()}")
        name = f"{_('activity-log')}-{timezone.localdate():%Y-%m-%d}.csv"
        # Not its own line.
        newest = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self._record(request, asked.asked)
        rows = asked.queryset.filter(pk__lte=newest)
        return attachment(_text(rows, reader_of(request), get_language()), name)

    def _record(self, request: HttpRequest, asked: LogQuery) -> None:
        keys = [int(asked.account.value)] if asked.account.value else own_accounts(request.user)
        accounts = OfficialAccount.objects.filter(pk__in=list(keys))
        audit.record(audit.Action.EXPORTED, accounts=accounts, details={"log": True})


def _text(entries: QuerySet[AuditEntry], reader: Reader, language: str | None) -> Iterator[str]:
    """Every chunk is a query of its own, as in the export of followers.

    language: the request's, which is gone while the file streams.
    """
    writer, rows = CsvWriter(LOG_COLUMNS), entries.order_by("-pk")
    yield writer.take()
    while chunk := list(rows[:CHUNK]):
        with translation.override(language):
            writer.write([_row(entry, reader) for entry in chunk])
        yield writer.take()
        rows = entries.filter(pk__lt=chunk[-1].pk).order_by("-pk")


def _row(entry: AuditEntry, reader: Reader) -> tuple[Any, ...]:
    it = line(entry, reader)
    return (entry.happened_at, it.who, it.what, it.subject, it.details, it.accounts, it.place)
