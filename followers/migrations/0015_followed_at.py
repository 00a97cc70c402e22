"""When people followed, for the order of lists, and what two partial indexes need.

The database writes all followers anew. What fills the columns has a migration of its own: PostgreSQL
would check every foreign key of rows that the same transaction wrote.
"""

from django.db import migrations, models
from django.db.models.functions import Coalesce

# 0016_list_order makes them anew, once the columns are filled.
REPLACED = (
    "follower_account",
    "follower_blacklisted",
    "follower_subscribe_time",
    "follower_source",
    "follower_qr_scene",
    "follower_qr_scene_str",
    "follower_remark",
    "follower_note",
)


class Migration(migrations.Migration):
    dependencies = [("followers", "0014_subscription_ends_and_scenes")]

    operations = [
        *(migrations.RemoveIndex(model_name="follower", name=name) for name in REPLACED),
        migrations.AddField(
            model_name="follower",
            name="followed_at",
            field=models.GeneratedField(
                expression=Coalesce(models.F("subscribe_time"), models.F("first_seen_at")),
                output_field=models.DateTimeField(),
                db_persist=True,
            ),
        ),
        migrations.AddField(
            model_name="follower",
            name="has_tags",
            field=models.BooleanField(default=False, db_default=False, editable=False),
        ),
        migrations.AddField(
            model_name="follower",
            name="unionid_is_shared",
            field=models.BooleanField(default=False, db_default=False, editable=False),
        ),
        migrations.AddField(
            model_name="followertag",
            name="followed_at",
            field=models.DateTimeField(null=True),
        ),
    ]
