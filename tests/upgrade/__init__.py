"""From the version before to this one, with everything under way."""

TABLES = (
    "auth.User",
    "followers.OfficialAccount",
    "followers.AccessToken",
    "followers.Tag",
    "followers.Follower",
    "followers.EditRun",
    "followers.FollowerTag",
    "followers.SyncRun",
    "followers.SyncStage",
    "followers.SyncPage",
    "followers.StatusChange",
    "followers.EditStep",
    "followers.EditValue",
    "followers.EditChunk",
    "followers.OutsideChange",
    "followers.ApiUsage",
    "django_q.OrmQ",
)
"""The tables of rows.json; none points to one below it."""
