from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("followers", "0010_subscriptions")]

    operations = [migrations.DeleteModel("StatusChange")]
