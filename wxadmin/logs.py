"""What the log leaves out. Read before there are models."""

import logging
from http import HTTPStatus


class OmitRefusals(logging.Filter):
    """Without a line for each request of somebody who has to wait (status 429).

    Whoever guesses a thousand passwords a minute would fill the log; that the wait has begun
    stands in the activity log.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "status_code", None) != HTTPStatus.TOO_MANY_REQUESTS
