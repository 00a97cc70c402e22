"""Addresses for monitoring: is the process alive, and can it do its work."""

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as soon as the process answers; asks nothing else."""
    return HttpResponse("ok", content_type="text/plain")


def is_migrated() -> bool:
    """Whether the database has every migration; raises DatabaseError when it does not answer."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and is migrated, 503 with the cause otherwise."""
    try:
        migrated = is_migrated()
    except DatabaseError:
        return HttpResponse("database unreachable", status=503, content_type="text/plain")
    if not migrated:
        return HttpResponse("migrations missing", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
