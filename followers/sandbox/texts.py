"""What the page says about each fault, in Chinese and English: what is simulated, and what a
user of the admin should then see. Kept here because the sandbox imports nothing, not even gettext.
"""

from .texts_calls import CALL_TEXTS
from .texts_lists import LIST_TEXTS

FAULT_TEXTS = CALL_TEXTS | LIST_TEXTS
