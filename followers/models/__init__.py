"""The models: accounts, followers and tags, the runs that sync and change them, and logs."""

from .accounts import AccessToken, OfficialAccount
from .changes import EditChunk, EditRun, EditStep, EditValue, OutsideChange
from .channels import Channel
from .followers import Follower, FollowerTag, Tag
from .history import DailyFigures, Subscription
from .imports import ImportFile
from .runs import EPOCH, Run
from .syncs import SyncPage, SyncRun, SyncStage
from .usage import ApiUsage, ExportLog

__all__ = [
    "EPOCH",
    "AccessToken",
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
    "SyncStage",
    "Tag",
]
