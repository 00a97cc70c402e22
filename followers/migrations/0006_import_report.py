from django.db import migrations, models


def forget_waiting_files(apps, schema_editor):
    """They are kept as text that is no longer read; whoever uploaded one does so again."""
    apps.get_model("followers", "ImportFile").objects.filter(run=None).delete()


class Migration(migrations.Migration):

    dependencies = [
        ("followers", "0005_outside_changes"),
    ]

    operations = [
        migrations.RunPython(forget_waiting_files, migrations.RunPython.noop),
        migrations.RemoveField("importfile", "replace_tags"),
        migrations.RenameField("importfile", "mark", "digest"),
        migrations.AddField("importfile", "report", models.JSONField(default=dict)),
        migrations.AddField("importfile", "options", models.JSONField(default=dict)),
    ]
