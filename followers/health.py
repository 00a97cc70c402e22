"""Views for monitoring: liveness and readiness."""

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 whenever the process responds; accesses no database."""
    return HttpResponse("ok", content_type="text/plain")


def is_migrated() -> bool:
    """Whether all migrations are applied; raises DatabaseError if the database is unreachable."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 if the database is reachable and migrated, otherwise 503 with the cause."""
    try:
        migrated = is_migrated()
    except DatabaseError:
        return HttpResponse("database unreachable", status=503, content_type="text/plain")
    if not migrated:
        return HttpResponse("migrations missing", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
