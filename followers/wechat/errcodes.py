"""Names for the errcodes that callers handle; error_table.py has the texts for all errcodes."""

INVALID_OPENID = 40003
INVALID_REMARK = 40092
NAME_TAKEN = 45157
NO_SUCH_TAG = 45159
"""Also returned for existing tags, while WeChat is busy with another change of tags."""
STATISTICS_NOT_READY = 61503
"""Yesterday is not counted yet."""

NOT_PERMITTED = frozenset({48001, 50001})
"""The account may not call this function: not certified, or the wrong kind of account."""
WRONG_CREDENTIALS = frozenset({40001, 40013, 40125, 41002, 41004})
"""Solved by another AppID or AppSecret."""
UNKNOWN_OPENID = frozenset({INVALID_OPENID, 46004, 49003})
"""The openid is invalid, unknown, or belongs to another AppID."""
FOLLOWER_REFUSED = UNKNOWN_OPENID | {43004, 43019, 45059, 50005}
"""Caused by one follower, not by the others in the call."""
TAG_REFUSED = frozenset({45056, 45057, 45058, NAME_TAKEN, 45158})
"""Too many tags, too many followers, system tag, name taken, name too long."""
CALL_REFUSED = frozenset({45009, 45011, NO_SUCH_TAG, 45169})
"""The whole call was refused: nothing has changed at WeChat."""
