"""The kinds of change of a tag itself."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import EditStep, OfficialAccount, Tag
from ..rows.memberships import delete_tag
from ..runs.stage import Stage
from ..wechat import paths
from ..wechat.client import Client
from ..wechat.decoding import TagInfo
from ..wechat.errcodes import NAME_TAKEN
from ..wechat.errors import WeChatError
from ..wechat.limits import (
    MAX_FOLLOWERS_TO_DELETE_TAG,
    MAX_TAG_NAME_BYTES,
    MAX_TAGS_IN_ACCOUNT,
    SYSTEM_TAG_IDS,
    is_system_tag,
)
from .change import Action, Change, ChangeRefused, check_text, register
from .created_tags import CREATED, EXISTED
from .steps import StepResponse
from .tag_stage import CreatedTagStage, TagKind


@register
class CreateTag(TagKind):
    action = Action.CREATE_TAG
    path = paths.TAGS_CREATE
    label = gettext_lazy("Create a tag")
    title = gettext_lazy("Create the tag “%(what)s”")

    def check(self, account: OfficialAccount, change: Change, *, is_emptied: bool = False) -> None:
        count = Tag.objects.filter(account=account).exclude(wechat_id__in=SYSTEM_TAG_IDS).count()
        if count >= MAX_TAGS_IN_ACCOUNT:
            raise ChangeRefused(
                _(
                    "The account already has 100 tags, the most that WeChat allows. "
                    "Delete a tag that is no longer needed first."
                )
            )
        _check_name(account, change.name)

    def send(self, client: Client, step: EditStep) -> StepResponse:
        return StepResponse(tag=client.create_tag(step.name))

    def earlier_response(
        self, error: WeChatError, step: EditStep, current: TagInfo | None, same_name: TagInfo | None
    ) -> StepResponse | None:
        if error.code != NAME_TAKEN or same_name is None:
            return None
        return StepResponse(tag=same_name, existed=True)

    def apply(self, step: EditStep, response: StepResponse) -> str:
        if response.tag is not None:
            step.tag, _created = Tag.objects.update_or_create(
                account_id=step.run.account_id,
                wechat_id=response.tag.id,
                defaults={"name": response.tag.name},
            )
            step.save(update_fields=["tag"])
        return EXISTED if response.existed else CREATED


@register
class RenameTag(TagKind):
    action = Action.RENAME_TAG
    path = paths.TAGS_UPDATE
    label = gettext_lazy("Rename a tag")

    def check(self, account: OfficialAccount, change: Change, *, is_emptied: bool = False) -> None:
        _check_not_system_tag(change.tag)
        _check_name(account, change.name, change.tag)

    def stored_text(self, change: Change) -> str:
        """The former name."""
        return change.tag.name if change.tag else change.text

    def send(self, client: Client, step: EditStep) -> StepResponse:
        if step.tag is not None:
            client.rename_tag(step.tag.wechat_id, step.name)
        return StepResponse()

    def earlier_response(
        self, error: WeChatError, step: EditStep, current: TagInfo | None, same_name: TagInfo | None
    ) -> StepResponse | None:
        return StepResponse() if current and current is same_name else None

    def apply(self, step: EditStep, response: StepResponse) -> str:
        if step.tag is not None:
            Tag.objects.filter(pk=step.tag.pk).update(name=step.name)
        return ""

    def format_title(self, value: str, former_name: str = "") -> str:
        if not former_name:
            return str(self.label)
        return _("Rename the tag “%(old)s” to “%(new)s”") % {"old": former_name, "new": value}


@register
class DeleteTag(TagKind):
    action = Action.DELETE_TAG
    path = paths.TAGS_DELETE
    label = gettext_lazy("Delete a tag")
    title = gettext_lazy("Delete the tag “%(what)s”")

    def open(self, step: EditStep, client: Client) -> Stage:
        """An undo deletes a created tag only if nobody uses it when the step starts."""
        return CreatedTagStage(self, step, client) if step.undoes_id else super().open(step, client)

    def check(self, account: OfficialAccount, change: Change, *, is_emptied: bool = False) -> None:
        _check_not_system_tag(change.tag)
        if (
            change.tag
            and change.tag.follower_count > MAX_FOLLOWERS_TO_DELETE_TAG
            and not is_emptied
        ):
            raise ChangeRefused(
                _(
                    "WeChat does not delete a tag with more than 100,000 followers. "
                    "Remove the tag from its followers first."
                )
            )

    def send(self, client: Client, step: EditStep) -> StepResponse:
        if step.tag is not None:
            client.delete_tag(step.tag.wechat_id)
        return StepResponse()

    def earlier_response(
        self, error: WeChatError, step: EditStep, current: TagInfo | None, same_name: TagInfo | None
    ) -> StepResponse | None:
        return StepResponse() if current is None else None

    def apply(self, step: EditStep, response: StepResponse) -> str:
        if step.tag is not None:
            tag, step.tag = step.tag, None
            step.save(update_fields=["tag"])
            delete_tag(tag)
        return ""


def _check_not_system_tag(tag: Tag | None) -> None:
    if tag is not None and is_system_tag(tag.wechat_id):
        raise ChangeRefused(_("This tag belongs to WeChat itself and cannot be changed."))


def _check_name(account: OfficialAccount, name: str, current: Tag | None = None) -> None:
    if not name.strip():
        raise ChangeRefused(_("Enter a name for the tag."))
    check_text(name, MAX_TAG_NAME_BYTES)
    same = Tag.objects.filter(account=account, name=name).first()
    if same is not None and same != current:
        raise ChangeRefused(_("The account has a tag of this name already. Choose another name."))
