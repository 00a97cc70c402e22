"""PostgreSQL learns how many wait for their details."""

from typing import Any

from django.db import migrations, models

UNREAD = models.Q(
    models.Case(
        models.When(
            models.Q(details_synced_at=None)
            | models.Q(details_synced_at__lt=models.F("status_as_of")),
            subscribed=True,
            then=True,
        ),
        default=False,
        output_field=models.BooleanField(),
    )
)
# The same as PostgreSQL writes UNREAD.
CREATE_STATISTICS = """
    CREATE STATISTICS follower_unread ON (
        CASE WHEN (details_synced_at IS NULL OR details_synced_at < status_as_of) AND subscribed
        THEN true ELSE false END
    ) FROM followers_follower
"""


def create_statistics(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE_STATISTICS)


def drop_statistics(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP STATISTICS follower_unread")


class Migration(migrations.Migration):
    dependencies = [("followers", "0019_texts_and_details")]

    operations = [
        migrations.RemoveIndex(model_name="follower", name="follower_unread_details"),
        migrations.AddIndex(
            model_name="follower",
            index=models.Index(
                fields=["account", "followed_at", "id"],
                condition=UNREAD,
                name="follower_unread_details",
            ),
        ),
        migrations.RunPython(create_statistics, drop_statistics),
    ]
