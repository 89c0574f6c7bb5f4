"""Addresses of record as people ask for them, and which numbers can be listed with one."""

import re
from typing import Any
from urllib.parse import unquote

from include.inventory.errors import BadInput

# What stands before the address itself: a display name with its bracket, and the scheme.
BEFORE = re.compile(r"^([^<]*<)?((sips?|tel):)?", re.IGNORECASE)
DIGITS = re.compile(r"\+?[0-9*#]+")
# A number ends as its AOR does, whatever is dialled before it: so many digits find it by an index.
ENDING = 4


def sought(aor: str | None) -> dict[str, Any]:
    """What the statements of a list ask for: the AOR in lower case, and how its number ends.

    A short user part is the number itself. Raises BadInput for one that no number has.
    """
    if aor is None:
        return {"aor": None, "aor_number": None, "aor_ending": None}
    address = BEFORE.sub("", aor.strip(), count=1).rstrip("> ").lower()
    user, _, host = address.partition("@")
    digits = re.sub(r"[-.() ]", "", unquote(user).partition(";")[0])
    if not DIGITS.fullmatch(digits):
        raise BadInput(
            f"{aor[:40]!a} is no AOR that a number has: digits come first, as in "
            "+442079460123@host or 1001@host"
        )
    whole = digits if len(digits) <= ENDING else None
    return {"aor": f"{user}@{host}", "aor_number": whole, "aor_ending": digits[-ENDING:]}
