"""Views for monitoring: liveness and readiness."""

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from .runs.heartbeat import is_any_alive


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
    """200 if the database is reachable and migrated, otherwise 503 with the cause.

    With `?worker=1` also 503 where no worker has been alive for two minutes: for alarms. A balancer
    should not ask so, because the pages work without a worker.
    """
    try:
        problem = _problem(needs_worker=request.GET.get("worker") == "1")
    except DatabaseError:
        problem = "database unreachable"
    return HttpResponse(problem or "ok", status=503 if problem else 200, content_type="text/plain")


def _problem(*, needs_worker: bool) -> str:
    if not is_migrated():
        return "migrations missing"
    if needs_worker and not is_any_alive():
        return "no worker"
    return ""
