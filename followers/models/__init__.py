"""The models: accounts, followers, tags and segments, runs and schedules, alerts, logs, staff."""

from .accounts import AccessToken, OfficialAccount
from .alerts import Alert, AlertDelivery, AlertKind, AlertTarget
from .audit import AuditEntry
from .changes import EditChunk, EditRun, EditStep, EditValue, OutsideChange
from .channels import Channel
from .followers import Follower, FollowerTag, Tag
from .growth import (
    AccountOverlap,
    DayNote,
    HourlyFigures,
    StaffPreference,
    WeChatDay,
    WeChatFigures,
)
from .history import DailyFigures, Subscription
from .imports import ImportFile
from .runs import EPOCH, Run
from .schedules import SyncSchedule
from .segments import Segment, SegmentId
from .staff import Invitation, Role, StaffSession
from .syncs import SyncPage, SyncRun, SyncStage
from .usage import ApiUsage, ExportLog
from .workers import Worker

__all__ = [
    "EPOCH",
    "AccessToken",
    "AccountOverlap",
    "Alert",
    "AlertDelivery",
    "AlertKind",
    "AlertTarget",
    "ApiUsage",
    "AuditEntry",
    "Channel",
    "DailyFigures",
    "DayNote",
    "EditChunk",
    "EditRun",
    "EditStep",
    "EditValue",
    "ExportLog",
    "Follower",
    "FollowerTag",
    "HourlyFigures",
    "ImportFile",
    "Invitation",
    "OfficialAccount",
    "OutsideChange",
    "Role",
    "Run",
    "Segment",
    "SegmentId",
    "StaffPreference",
    "StaffSession",
    "Subscription",
    "SyncPage",
    "SyncRun",
    "SyncSchedule",
    "SyncStage",
    "Tag",
    "WeChatDay",
    "WeChatFigures",
    "Worker",
]
