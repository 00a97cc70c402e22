"""What each number means, in the words that are shown beside it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# By its name in the rows of figures.py and retention.py.
MEANINGS: dict[str, Promise] = {
    "joined": _(
        "Subscriptions that began in the period. Somebody who follows, leaves and follows again "
        "counts twice."
    ),
    "left": _("Subscriptions that ended in the period, by the source and channel they began with."),
    "net": _("Joined minus left."),
    "total": _(
        "Followers at the end of the day, counted back from those of now. Empty where the number "
        "is not known."
    ),
    "scans": _(
        "Scans of the channel's QR code. Until messages from WeChat are received, only those that "
        "began a subscription are known."
    ),
    "staying": _("Of the subscriptions that began in the period, those that have not ended since."),
    "stayed": _(
        "Of the subscriptions that began on days since which so many days have passed, those that "
        "had not ended after so many times 24 hours."
    ),
}
