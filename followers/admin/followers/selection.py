"""The selection of an action in the follower list: the ticked rows, or all that match."""

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, QueryDict

# The name of the buttons above the list; their value is the name of an action.
BUTTON = "bar"


def selects_all_matching(request: HttpRequest) -> bool:
    return request.POST.get("select_across") == "1"


def ticked_keys(request: HttpRequest) -> list[str]:
    return request.POST.getlist(ACTION_CHECKBOX_NAME)


def action_of_button(posted: QueryDict) -> QueryDict:
    """Convert the form of a button above the list into that of an admin action.

    The browser sends it with the ticked rows, even without JavaScript, so an action never reaches
    followers that do not look selected. Without ticked rows it is for all that match.
    """
    data = posted.copy()
    data.setlist("action", posted.getlist(BUTTON))
    data["index"] = "0"
    if not data.getlist(ACTION_CHECKBOX_NAME):
        # Django requires one ticked row, even for "all that match".
        data["select_across"], data[ACTION_CHECKBOX_NAME] = "1", "0"
    return data
