"""Each user chooses the columns of the follower list, and its rows on a page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("followers", "0017_segments")]

    operations = [
        migrations.AddField(
            model_name="staffpreference",
            name="follower_columns",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="staffpreference",
            name="follower_page_size",
            field=models.PositiveSmallIntegerField(default=50),
        ),
    ]
