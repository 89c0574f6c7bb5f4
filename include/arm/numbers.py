"""From the address under which a device registered to the internal number that it uses.

The address (AOR) is a SIP or tel URI, or a part of one, with or without brackets and display name
(RFC 3261, RFC 3966). An internal number is a whole number, `+` and up to 15 digits (E.164), or an
extension of digits, `*` and `#`. What is neither is kept, with the reason.

All work is done on columns; rows are looked at one by one only where an address is percent-encoded.
"""

from typing import Any
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from include.arm.rules import MAX_DIGITS, NumberRules, SiteRule

_BARE = r"^\+?[0-9*#]+$"
_E164 = rf"^\+[1-9][0-9]{{1,{MAX_DIGITS - 1}}}$"
_CONTROL = r"[\x00-\x1f\x7f]"
_IN_BRACKETS = r'^(?:"(?:[^"\\]|\\.)*"|[^"<>]*) *<([^<>]*)>[^<>]*$'
_ADDRESS = (
    r"^(?:(?P<scheme>(?i:sips?|tel)):)?(?P<user>[^@;:?<>\"]*)"
    r"(?:(?:[;:?][^@]*)?@(?P<host>\[[^\]@]*\]|[^@:;?\[\]]+)(?::[0-9]+)?)?(?:[;?][^@]*)?$"
)
_SHORTEST_SUBSCRIBER = 7
"""With fewer digits behind it, a dialling prefix is the beginning of an extension."""

_REASONS = (
    (_CONTROL, "a control character"),
    (r"^$", "no user part"),
    (r"\p{L}", "a name, not a number"),
    (rf"^\+?[0-9*#]{{{MAX_DIGITS + 1},}}$", f"more than {MAX_DIGITS} digits"),
    (r"^\+[0-9]*$", "not an international number"),
    (r"^[0-9*#]+$", "neither an extension nor a whole number by its length"),
    (r"", "characters that no number has"),
)
"""Why a user part is no number: the first pattern that is found in it tells."""

_NO_ADDRESS = "not a SIP or tel address"
_NULL = pa.scalar(None, pa.string())


def normalise(frame: pd.DataFrame, rules: NumberRules) -> pd.DataFrame:
    """The frame with `internal_number`, and `rejected`: why there is none. One of them is null."""
    users = _users(_column(frame, "aor"))
    numbers = _numbers(users, rules)
    return _with(frame, internal_number=numbers, rejected=_reasons(users, numbers))


def assign_hierarchy(frame: pd.DataFrame, rules: NumberRules, default: str) -> pd.DataFrame:
    """The frame with `hierarchy`: that of the first site whose rule matches, else `default`.

    A rule's node, IP group and host must all match where given; host is the registered user's, or
    that of its AOR where it tells none, in any case and without IPv6 brackets.
    """
    wanted = [_wanted(site) for site in rules.sites]
    codes = {key: _Codes(_key(frame, key)) for key in set().union(*wanted)}
    chosen = np.full(len(frame), len(wanted))
    for position in reversed(range(len(wanted))):
        matches = [codes[key].where(value) for key, value in wanted[position].items()]
        chosen[np.logical_and.reduce(matches)] = position
    hierarchies = pa.array([*(site.hierarchy for site in rules.sites), default])
    return _with(frame, hierarchy=hierarchies.take(pa.array(chosen)))


def _users(aors: pa.Array) -> pa.Array:
    """The user part of each address, percent-decoded; null where it is no address."""
    text = pc.ascii_trim(aors, " ")
    others = pc.invert(pc.match_substring_regex(text, _BARE))
    if not pc.any(others).as_py():
        return text
    return pc.replace_with_mask(text, others, _parsed_users(text.filter(others)))


def _parsed_users(text: pa.Array) -> pa.Array:
    parts = _parts(text)
    users = _decoded(pc.struct_field(parts, "user"))
    is_tel = pc.equal(pc.ascii_lower(pc.struct_field(parts, "scheme")), "tel")
    users = pc.if_else(is_tel, pc.replace_substring_regex(users, r"[-.()]", ""), users)
    return pc.if_else(pc.match_substring_regex(text, _CONTROL), text, users)


def _parts(text: pa.Array) -> pa.Array:
    """Scheme, user and host of each address; null where it is none."""
    return pc.extract_regex(pc.replace_substring_regex(text, _IN_BRACKETS, r"\1"), _ADDRESS)


def _decoded(users: pa.Array) -> pa.Array:
    encoded = pc.match_substring(users, "%")
    if not pc.any(encoded).as_py():
        return users
    plain = [unquote(user) for user in users.filter(encoded).to_pylist()]
    return pc.replace_with_mask(users, encoded, pa.array(plain, pa.string()))


def _numbers(users: pa.Array, rules: NumberRules) -> pa.Array:
    """The internal number in each user part; null where there is none."""
    shortest, longest = rules.extension_lengths or (1, MAX_DIGITS)
    extension = rf"^[0-9*#]{{{shortest},{longest}}}$"
    numbers = users
    for pattern, replacement in _dialled(rules):
        numbers = pc.replace_substring_regex(numbers, pattern, replacement)
    if rules.extension_lengths is not None:
        numbers = pc.if_else(pc.match_substring_regex(users, extension), users, numbers)
    valid = pc.match_substring_regex(numbers, rf"{_E164}|{extension}")
    return pc.if_else(valid, numbers, _NULL)


def _dialled(rules: NumberRules) -> list[tuple[str, str]]:
    """The ways to dial a whole number without its plus, each with what that number is."""
    subscriber = rf"([1-9][0-9]{{{_SHORTEST_SUBSCRIBER - 1},}})$"
    ways = [(rf"^{rules.international_prefix}{subscriber}", r"+\1")]
    if rules.country_code is not None:
        ways.append((rf"^({rules.country_code}[0-9]{{{_SHORTEST_SUBSCRIBER},}})$", r"+\1"))
        if rules.national_prefix is not None:
            ways.append((rf"^{rules.national_prefix}{subscriber}", rf"+{rules.country_code}\1"))
    return ways


def _reasons(users: pa.Array, numbers: pa.Array) -> pa.Array:
    """Why there is no number, where there is none; null elsewhere."""
    missing = numbers.is_null()
    if not pc.any(missing).as_py():
        return pa.nulls(len(users), pa.string())
    rejected = users.filter(missing)
    reasons = pc.if_else(rejected.is_null(), pa.scalar(_NO_ADDRESS), _NULL)
    for pattern, reason in _REASONS:
        tells = pc.and_(reasons.is_null(), pc.match_substring_regex(rejected, pattern))
        reasons = pc.if_else(tells.fill_null(False), pa.scalar(reason), reasons)
    return pc.replace_with_mask(pa.nulls(len(users), pa.string()), missing, reasons)


class _Codes:
    """One column of text as small integers, so that it can be compared many times for little."""

    def __init__(self, column: pa.Array) -> None:
        encoded = column.dictionary_encode()
        self._codes: npt.NDArray[np.int32] = encoded.indices.fill_null(-1).to_numpy()
        self._code = {value: code for code, value in enumerate(encoded.dictionary.to_pylist())}

    def where(self, value: str) -> npt.NDArray[np.bool_]:
        """Which rows hold the value."""
        rows: npt.NDArray[np.bool_] = self._codes == self._code.get(value, -2)
        return rows


def _wanted(site: SiteRule) -> dict[str, str]:
    """The columns that a site's rule looks at, and what it wants to see there."""
    host = None if site.host is None else site.host.lower().strip("[]")
    wanted = {"nodeName": site.node, "ipGroup": site.ip_group, "host": host}
    return {key: value for key, value in wanted.items() if value is not None}


def _key(frame: pd.DataFrame, key: str) -> pa.Array:
    column = _column(frame, key)
    if key != "host":
        return column
    own = pc.struct_field(_parts(_column(frame, "aor")), "host")
    return pc.utf8_trim(pc.utf8_lower(pc.coalesce(column, own)), "[]")


def _column(frame: pd.DataFrame, name: str) -> pa.Array:
    column = pa.Array.from_pandas(frame[name], type=pa.string())
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _with(frame: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    return frame.assign(
        **{name: pd.arrays.ArrowExtensionArray(column) for name, column in columns.items()}
    )
