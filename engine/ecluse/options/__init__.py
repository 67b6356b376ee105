"""What can be chosen, where each choice may come from, and the settings that come of it.

Lowest floor: pure, standard library only; the environment and the contents of files are handed in.
"""

from ecluse.options.resolve import Resolved, resolve
from ecluse.options.rows import COMMANDS, Group, Option, Origin, Type
from ecluse.options.settings import SANDBOX_LOCATION, SANDBOX_SUBSCRIPTION, Settings
from ecluse.options.table import OPTIONS, options_of, words

__all__ = [
    "COMMANDS",
    "OPTIONS",
    "SANDBOX_LOCATION",
    "SANDBOX_SUBSCRIPTION",
    "Group",
    "Option",
    "Origin",
    "Resolved",
    "Settings",
    "Type",
    "options_of",
    "resolve",
    "words",
]
