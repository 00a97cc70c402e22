"""The content of a segment's page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from followers.accounts.access import Rights, may_edit_segment
from followers.formats import join_sentences
from followers.models import Segment
from followers.segments.words import attach_words

from ..shared.segment_uses import warn_of_segment
from ..shared.segments import segment_url, shelf_of
from .kept_lists import kept_list_context
from .sizes import counted, last_look


def page_context(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    used = warn_of_segment(request, segment)
    question = _("Delete the segment “%(name)s”? Its followers stay.") % {"name": segment.name}
    (shown,) = attach_words([segment], shelf_of(request))
    return {
        "title": _("Segment"),
        "segment": segment,
        "words": shown.words,
        "size": counted(request, segment),
        "last": last_look(segment),
        "used": used,
        "delete_question": join_sentences(question, used),
        "list_url": segment_url(segment),
        "may_change": may_edit_segment(request.user, "change", segment),
        "may_delete": may_edit_segment(request.user, "delete", segment),
        "rights": Rights(request.user, segment.account_id),
        "kept": kept_list_context(segment) if segment.is_kept_list else None,
    }
