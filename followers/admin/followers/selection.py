"""Whom an action of the follower list is for: the ticked rows, or all that match."""

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, QueryDict

# The buttons above the list; each has the name of an action as its value.
BUTTON = "bar"


def selects_all_matching(request: HttpRequest) -> bool:
    return request.POST.get("select_across") == "1"


def ticked_keys(request: HttpRequest) -> list[str]:
    return request.POST.getlist(ACTION_CHECKBOX_NAME)


def action_of_button(posted: QueryDict) -> QueryDict:
    """A button above the list as one of Django's actions.

    The browser sends it with the rows that are ticked, whether or not a script runs: nobody is
    ever meant who is not shown as chosen. Without a ticked row it is for all that match.
    """
    data = posted.copy()
    data.setlist("action", posted.getlist(BUTTON))
    data["index"] = "0"
    if not data.getlist(ACTION_CHECKBOX_NAME):
        # Django's lists want one ticked row, even for "all that match".
        data["select_across"], data[ACTION_CHECKBOX_NAME] = "1", "0"
    return data
