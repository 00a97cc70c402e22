"""Errcodes that callers tell apart, by name; what each one means to people stands in codes.py."""

INVALID_OPENID = 40003
INVALID_REMARK = 40092
NAME_TAKEN = 45157
NO_SUCH_TAG = 45159
"""Also said of a tag that is there, while WeChat is busy with another change of tags."""

NOT_PERMITTED = frozenset({48001, 50001})
"""The account may not call this: not certified, or the wrong kind of account."""
WRONG_CREDENTIALS = frozenset({40001, 40013, 40125, 41002, 41004})
"""Another AppID or AppSecret puts it right."""
UNKNOWN_OPENID = frozenset({INVALID_OPENID, 46004, 49003})
"""Of an openid: invalid, nobody's, or of another AppID."""
OF_ONE_FOLLOWER = UNKNOWN_OPENID | {43004, 43019, 45059, 50005}
"""The trouble of one follower, not of the others in the call: unknown, full, of another account."""
TAG_REFUSED = frozenset({45056, 45057, 45058, NAME_TAKEN, 45158})
"""Of a tag: too many, too many followers, WeChat's own, name taken, name too long."""
NOTHING_CHANGED = frozenset({45009, 45011, NO_SUCH_TAG, 45169})
"""Refusals of a whole call: what was being sent has changed nothing."""
