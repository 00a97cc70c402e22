"""Searches read remarks and notes from an index; so do lists of those whose details are to be read."""

from django.db import migrations, models

IN_ORDER = ["followed_at", "id", "subscribed"]
HAS_NOTE = ~models.Q(note="")
UNREAD = models.Q(subscribed=True) & (
    models.Q(details_synced_at=None)
    | models.Q(details_synced_at__lt=models.F("status_as_of"))
)


def _index(fields: list[str], name: str, condition: models.Q) -> migrations.AddIndex:
    index = models.Index(fields=fields, name=name, condition=condition)
    return migrations.AddIndex(model_name="follower", index=index)


class Migration(migrations.Migration):
    dependencies = [("followers", "0018_list_columns")]

    operations = [
        migrations.RemoveIndex(model_name="follower", name="follower_remark"),
        migrations.RemoveIndex(model_name="follower", name="follower_has_remark"),
        _index(["account", *IN_ORDER, "remark"], "follower_remark", ~models.Q(remark="")),
        _index(
            ["account", *IN_ORDER, "note"],
            "follower_short_note",
            HAS_NOTE & models.Q(note__length__lte=500),
        ),
        _index(
            ["account", *IN_ORDER],
            "follower_long_note",
            HAS_NOTE & models.Q(note__length__gt=500),
        ),
        _index(["account", "followed_at", "id"], "follower_unread_details", UNREAD),
        _index(
            ["account", "details_synced_at", "followed_at", "id"],
            "follower_details_age",
            models.Q(subscribed=True, details_synced_at__isnull=False),
        ),
    ]
