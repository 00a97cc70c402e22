"""Lists are ordered by the time of following, and every index of a filter ends in that order."""

from django.db import migrations, models

IN_ORDER = ["followed_at", "id", "subscribed"]
# Both databases understand them.
COPY_TO_TAGS = """
    UPDATE followers_followertag SET followed_at = f.followed_at
    FROM followers_follower AS f WHERE f.id = follower_id
"""
MARK_HAS_TAGS = """
    UPDATE followers_follower SET has_tags = true
    WHERE id IN (SELECT follower_id FROM followers_followertag)
"""
MARK_SHARED_UNIONIDS = """
    UPDATE followers_follower SET unionid_is_shared = true
    WHERE NOT unionid = '' AND unionid IN (
        SELECT unionid FROM followers_follower WHERE NOT unionid = ''
        GROUP BY unionid HAVING count(*) > 1
    )
"""


def _index(
    fields: list[str], name: str, condition: models.Q | None = None
) -> migrations.AddIndex:
    index = models.Index(fields=fields, name=name, condition=condition)
    return migrations.AddIndex(model_name="follower", index=index)


class Migration(migrations.Migration):
    dependencies = [("followers", "0015_followed_at")]

    operations = [
        migrations.RunSQL(COPY_TO_TAGS, migrations.RunSQL.noop),
        migrations.RunSQL(MARK_HAS_TAGS, migrations.RunSQL.noop),
        migrations.RunSQL(MARK_SHARED_UNIONIDS, migrations.RunSQL.noop),
        _index(["account", "id", "subscribed"], "follower_account"),
        _index(["account", *IN_ORDER, "subscribe_time"], "follower_followed"),
        _index(["account", "first_seen_at", "id", "subscribed"], "follower_first_seen"),
        _index(
            ["account", "unsubscribed_at", "id"],
            "follower_returned",
            models.Q(subscribed=True, unsubscribed_at__isnull=False),
        ),
        _index(["account", *IN_ORDER], "follower_untagged", models.Q(has_tags=False)),
        _index(["account", *IN_ORDER], "follower_blacklisted", models.Q(blacklisted=True)),
        _index(
            ["account", "subscribe_scene", *IN_ORDER],
            "follower_source",
            ~models.Q(subscribe_scene=""),
        ),
        _index(
            ["account", "qr_scene", *IN_ORDER],
            "follower_qr_scene",
            models.Q(qr_scene__isnull=False),
        ),
        _index(
            ["account", "qr_scene_str", *IN_ORDER],
            "follower_qr_scene_str",
            ~models.Q(qr_scene_str=""),
        ),
        _index(["account", *IN_ORDER], "follower_has_unionid", ~models.Q(unionid="")),
        _index(
            ["account", *IN_ORDER], "follower_shared_unionid", models.Q(unionid_is_shared=True)
        ),
        _index(["account", "remark", "id"], "follower_remark", ~models.Q(remark="")),
        _index(["account", *IN_ORDER], "follower_has_remark", ~models.Q(remark="")),
        _index(["account", *IN_ORDER], "follower_note", ~models.Q(note="")),
        migrations.AddIndex(
            model_name="followertag",
            index=models.Index(
                fields=["tag", "followed_at", "follower"], name="follower_tag_followed"
            ),
        ),
        migrations.AddIndex(
            model_name="followertag",
            index=models.Index(fields=["follower", "tag"], name="follower_tag_follower"),
        ),
        migrations.AlterField(
            model_name="followertag",
            name="follower",
            field=models.ForeignKey(
                db_index=False, on_delete=models.CASCADE, to="followers.follower"
            ),
        ),
    ]
