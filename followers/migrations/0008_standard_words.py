"""Columns by the words that the code uses, and one key for a form that is sent twice."""

from django.db import migrations, models

# Of SyncStage.phase.
PHASES = {"walk": "read", "weigh": "decide"}


def rename_phases(apps, schema_editor):
    _rename_phases(apps, schema_editor, PHASES)


def restore_phases(apps, schema_editor):
    _rename_phases(apps, schema_editor, {new: old for old, new in PHASES.items()})


def _rename_phases(apps, schema_editor, names):
    stages = apps.get_model("followers", "SyncStage").objects.using(schema_editor.connection.alias)
    for before, after in names.items():
        stages.filter(phase=before).update(phase=after)


def _rename(model, before, after):
    return migrations.RenameField(model, before, after)


class Migration(migrations.Migration):
    dependencies = [("followers", "0007_account_of_runs")]

    operations = [
        *(
            _rename(model, before, after)
            for model in ("syncrun", "editrun")
            for before, after in (
                ("setbacks", "consecutive_failures"),
                ("wakes", "redeliveries"),
                ("wake_at", "redeliver_at"),
            )
        ),
        _rename("editrun", "import_mark", "import_fingerprint"),
        _rename("editrun", "again_of", "retry_of"),
        migrations.AlterField(
            "editrun",
            "retry_of",
            models.ForeignKey(
                "followers.editrun",
                models.SET_NULL,
                null=True,
                related_name="retried_by",
                editable=False,
            ),
        ),
        # Tokens of forms that were open before are of no use: their runs are told apart by more.
        migrations.RemoveField("editrun", "form_token"),
        migrations.AddField(
            "editrun",
            "idempotency_key",
            models.CharField(max_length=64, null=True, unique=True, editable=False),
        ),
        _rename("syncstage", "counters", "state"),
        _rename("syncstage", "walk", "walk_number"),
        migrations.RemoveConstraint("syncpage", "page_number_in_walk"),
        _rename("syncpage", "walk", "walk_number"),
        migrations.AddConstraint(
            "syncpage",
            models.UniqueConstraint(
                fields=["stage", "walk_number", "number"], name="page_number_in_walk"
            ),
        ),
        migrations.AlterModelOptions("syncpage", {"ordering": ["walk_number", "number"]}),
        # What a kind of change is called is the kind's to say.
        migrations.AlterField("editstep", "action", models.CharField(max_length=16)),
        migrations.AlterField("outsidechange", "action", models.CharField(max_length=16)),
        migrations.RunPython(rename_phases, restore_phases, elidable=True),
    ]
