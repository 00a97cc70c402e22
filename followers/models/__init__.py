"""The models: accounts, followers and tags, runs and schedules, alerts, logs."""

from .accounts import AccessToken, OfficialAccount
from .alerts import Alert, AlertDelivery, AlertKind, AlertTarget
from .changes import EditChunk, EditRun, EditStep, EditValue, OutsideChange
from .channels import Channel
from .followers import Follower, FollowerTag, Tag
from .history import DailyFigures, Subscription
from .imports import ImportFile
from .runs import EPOCH, Run
from .schedules import SyncSchedule
from .syncs import SyncPage, SyncRun, SyncStage
from .usage import ApiUsage, ExportLog
from .workers import Worker

__all__ = [
    "EPOCH",
    "AccessToken",
    "Alert",
    "AlertDelivery",
    "AlertKind",
    "AlertTarget",
    "ApiUsage",
    "Channel",
    "DailyFigures",
    "EditChunk",
    "EditRun",
    "EditStep",
    "EditValue",
    "ExportLog",
    "Follower",
    "FollowerTag",
    "ImportFile",
    "OfficialAccount",
    "OutsideChange",
    "Run",
    "Subscription",
    "SyncPage",
    "SyncRun",
    "SyncSchedule",
    "SyncStage",
    "Tag",
    "Worker",
]
