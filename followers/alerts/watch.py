"""Web processes watch for workers: nobody else can tell that all of them are dead.

Every request keeps a thread going for some minutes. It holds up no request, looks twice a minute,
and ends if nobody asks for anything any more.
"""

import logging
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse

from ..conditions.condition import Kind
from .delivery import send_due
from .opening import update_alerts

logger = logging.getLogger(__name__)

LOOK_SECONDS = 30
# Longer than it takes until a worker that dies just now counts as dead.
WATCH_SECONDS = 300
# It must work without a database.
UNWATCHED = "/healthz"


class Watch:
    """The thread of one process, started by requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._thread: threading.Thread | None = None

    def extend(self) -> None:
        """Watch for WATCH_SECONDS from now on."""
        with self._lock:
            self._until = time.monotonic() + WATCH_SECONDS
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            look()
            time.sleep(LOOK_SECONDS)
            with self._lock:
                if time.monotonic() > self._until:
                    self._thread = None
                    return


def look() -> None:
    """Tell that no worker is alive, or that one is again."""
    try:
        update_alerts([Kind.NO_WORKER])
        send_due([Kind.NO_WORKER])
    except DatabaseError as error:
        logger.warning("The database did not answer: %s", error)
    except Exception:
        logger.exception("Whether a worker is alive could not be seen.")
    finally:
        connections.close_all()


_watch = Watch()


def watch_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def watched(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if settings.WATCH_WORKERS and request.path != UNWATCHED:
            _watch.extend()
        return response

    return watched
