"""From the address under which a device registered to the internal number that it uses.

The address (AOR) is a SIP or tel URI, or a part of one, with or without brackets and display name
(RFC 3261, RFC 3966). An internal number is a whole number, `+` and up to 15 digits (E.164), or an
extension of digits, `*` and `#`. What is neither is kept, with the reason.

All work is done on columns; rows are looked at one by one only where more than a plus is
percent-encoded.
"""

from functools import cache
from typing import Any
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from include.arm import dialling
from include.arm.rules import MAX_DIGITS, NumberRules, SiteRule

_E164 = rf"^\+[1-9][0-9]{{1,{MAX_DIGITS - 1}}}$"
_BARE = r"^\+?[0-9*#]+$"
_DIGITS = r"^[0-9]+$"
_CONTROLS = r"\x00-\x1f\x7f-\x{9f}"
_IN_BRACKETS = (
    rf'^(?:"(?:[^"\\{_CONTROLS}]|\\[^{_CONTROLS}])*"|[^"<>{_CONTROLS}]*)'
    rf" *<([^<>]*)>[^<>{_CONTROLS}]*$"
)
_SCHEME = r"^(?i:sips?|tel):"
_TEL = r"^(?i:tel):"
_USER = r"^(?P<user>[^@;:?]*)"
_REST = rf"[^@{_CONTROLS}]*"
_ADDRESS = (
    rf"^(?:(?i:sips?|tel):)?[^@;:?<>\"{_CONTROLS}]*"
    rf"(?:(?:[;:?]{_REST})?@(?P<host>\[[^\]@{_CONTROLS}]*\]|[^@:;?\[\]{_CONTROLS}]+)(?::[0-9]+)?)?"
    rf"(?:[;?]{_REST})?$"
)
_HOST = r"^(?:\[([^\[\]]*)\]|([^:]*?)\.?)(?::[0-9]+)?$"

_CONTROL = rf"[{_CONTROLS}]"
_CONTROL_CHARACTER = "a control character"
_NAME = "a name, not a number"
_REASONS = (
    (_CONTROL, _CONTROL_CHARACTER),
    (r"\p{Cf}", "an invisible character"),
    (r"^$", "no user part"),
    (r"[A-Za-z]", _NAME),
    (rf"^\+?[0-9*#]{{{MAX_DIGITS + 1},}}$", f"more than {MAX_DIGITS} digits"),
    (r"^\+[0-9]*$", "not an international number"),
    (r"^[0-9*#]+$", "neither an extension nor a whole number by its length"),
    (r"\p{L}", _NAME),
    (r"[^0-9\P{N}]", "digits other than 0 to 9"),
    (r"", "characters that no number has"),
)
"""Why a user part is no number: the first pattern that is found in it tells.

Letters of all scripts are looked for late, as that pattern alone takes as long as all the others.
"""

_NO_ADDRESS = "not a SIP or tel address"
_NULL = pa.scalar(None, pa.string())


def normalise(frame: pd.DataFrame, rules: NumberRules) -> pd.DataFrame:
    """The frame with `internal_number`, and `rejected`: why there is none. One of them is null.

    A number's spelling does not matter, and a number normalised again stays itself.
    """
    numbers = _column(frame, "aor")
    reasons = pa.nulls(len(numbers), pa.string())
    # Even where no country has such a number: a device is registered with exactly that, and
    # rejecting it would make a number in use look absent. `doubtful` tells.
    others = pc.invert(_matches(numbers, _E164))
    if pc.any(others).as_py():
        text = pc.ascii_trim(numbers.filter(others), " ")
        users = _users(text)
        found = _numbers(users, rules)
        numbers = pc.replace_with_mask(numbers, others, found)
        reasons = pc.replace_with_mask(reasons, others, _reasons(text, users, found))
    return _with(frame, internal_number=numbers, rejected=reasons)


def doubtful(numbers: pa.Array) -> pa.Array:
    """Which internal numbers are whole ones that no country can have, by its code or its length.

    A registration is believed all the same: they are to be counted, not to be left out.
    """
    whole = pc.starts_with(numbers, "+").fill_null(False)
    return pc.and_not(whole, pa.array(dialling.possible(numbers)))


def assign_hierarchy(frame: pd.DataFrame, rules: NumberRules, default: str) -> pd.DataFrame:
    """The frame with `hierarchy`: that of the first site whose rule matches, else `default`.

    A rule's node, IP group and host must all match where given; host is the registered user's, or
    that of its AOR where it tells none, in any case and without IPv6 brackets, port and final dot.
    """
    wanted = [_wanted(site) for site in rules.sites]
    codes = {key: _Codes(_key(frame, key)) for key in set().union(*wanted)}
    chosen = np.full(len(frame), len(wanted))
    for position in reversed(range(len(wanted))):
        matches = [codes[key].where(value) for key, value in wanted[position].items()]
        chosen[np.logical_and.reduce(matches)] = position
    hierarchies = pa.array([*(site.hierarchy for site in rules.sites), default])
    return _with(frame, hierarchy=hierarchies.take(pa.array(chosen)))


def _users(text: pa.Array) -> pa.Array:
    """The user part of each address, percent-decoded; null where it is no address."""
    others = pc.invert(_matches(text, _BARE))
    if not pc.any(others).as_py():
        return text
    return pc.replace_with_mask(text, others, _parsed_users(text.filter(others)))


def _parsed_users(text: pa.Array) -> pa.Array:
    text = _addresses(text)
    after_scheme = pc.replace_substring_regex(text, _SCHEME, "")
    users = _decoded(pc.struct_field(pc.extract_regex(after_scheme, _USER), "user"))
    is_tel = _matches(text, _TEL)
    if not pc.any(is_tel).as_py():
        return users
    return pc.if_else(is_tel, pc.replace_substring_regex(users, r"[-.()]", ""), users)


def _addresses(text: pa.Array) -> pa.Array:
    """The text without display names and brackets; null where it is no address."""
    named = pc.match_substring(text, "<").fill_null(False)
    if pc.any(named).as_py():
        inner = pc.replace_substring_regex(text.filter(named), _IN_BRACKETS, r"\1")
        text = pc.replace_with_mask(text, named, inner)
    return pc.if_else(_matches(text, _ADDRESS), text, _NULL)


def _decoded(users: pa.Array) -> pa.Array:
    users = pc.replace_substring_regex(users, "(?i)%2B", "+")
    encoded = pc.match_substring(users, "%").fill_null(False)
    if not pc.any(encoded).as_py():
        return users
    plain = [unquote(user) for user in users.filter(encoded).to_pylist()]
    return pc.replace_with_mask(users, encoded, pa.array(plain, pa.string()))


def _numbers(users: pa.Array, rules: NumberRules) -> pa.Array:
    """The internal number in each user part; null where there is none."""
    shortest, longest = rules.extension_lengths or (1, MAX_DIGITS)
    as_it_is = _matches(users, rf"{_E164}|^[0-9*#]{{{shortest},{longest}}}$")
    numbers = pc.if_else(as_it_is, users, _NULL)
    dialled = _matches(users, _DIGITS)
    if rules.extension_lengths is not None:
        dialled = pc.and_not(dialled, as_it_is)
    if not pc.any(dialled).as_py():
        return numbers
    whole = _whole_numbers(users.filter(dialled), rules)
    return pc.replace_with_mask(numbers, dialled, pc.coalesce(whole, numbers.filter(dialled)))


def _whole_numbers(digits: pa.Array, rules: NumberRules) -> pa.Array:
    """The whole number that is dialled with such digits; null where there is none."""
    found = pa.nulls(len(digits), pa.string())
    for pattern, replacement in dialling.ways(
        rules.country_code, rules.national_prefix, rules.international_prefix
    ):
        number = pc.replace_substring_regex(digits, pattern, replacement)
        number = pc.if_else(pa.array(dialling.possible(number)), number, _NULL)
        found = pc.coalesce(found, number)
    return found


def _reasons(text: pa.Array, users: pa.Array, numbers: pa.Array) -> pa.Array:
    """Why there is no number, where there is none; null elsewhere."""
    missing = numbers.is_null()
    reasons = pa.nulls(len(users), pa.string())
    if not pc.any(missing).as_py():
        return reasons
    return pc.replace_with_mask(
        reasons, missing, _first_reasons(text.filter(missing), users.filter(missing))
    )


def _first_reasons(text: pa.Array, users: pa.Array) -> pa.Array:
    no_address = pc.if_else(_matches(text, _CONTROL), _CONTROL_CHARACTER, _NO_ADDRESS)
    reasons = pc.if_else(users.is_null(), no_address, _NULL)
    for pattern, reason in _REASONS:
        if reasons.null_count == 0:
            break
        tells = pc.and_(reasons.is_null(), _matches(users, pattern))
        reasons = pc.if_else(tells, pa.scalar(reason), reasons)
    return reasons


def _matches(text: pa.Array, pattern: str) -> pa.Array:
    """Where the pattern is found; null texts hold nothing."""
    return pc.match_substring_regex(text, pattern).fill_null(False)


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


@cache
def _wanted(site: SiteRule) -> dict[str, str]:
    """The columns that a site's rule looks at, and what it wants to see there."""
    host = None if site.host is None else _plain(pa.array([site.host]))[0].as_py()
    wanted = {"nodeName": site.node, "ipGroup": site.ip_group, "host": host}
    return {key: value for key, value in wanted.items() if value is not None}


def _key(frame: pd.DataFrame, key: str) -> pa.Array:
    column = _column(frame, key)
    if key != "host":
        return column
    hosts = _hosts(column, _column(frame, "aor")).dictionary_encode()
    return _plain(hosts.dictionary).take(hosts.indices)


def _hosts(hosts: pa.Array, aors: pa.Array) -> pa.Array:
    """The hosts, and where there is none, that of the AOR."""
    lacking = pc.and_(hosts.is_null(), pc.match_substring(aors, "@").fill_null(False))
    if not pc.any(lacking).as_py():
        return hosts
    own = pc.extract_regex(_addresses(aors.filter(lacking)), _ADDRESS)
    return pc.replace_with_mask(hosts, lacking, pc.struct_field(own, "host"))


def _plain(hosts: pa.Array) -> pa.Array:
    """The hosts in lower case, without IPv6 brackets, port and final dot."""
    return pc.replace_substring_regex(pc.utf8_lower(hosts), _HOST, r"\1\2")


def _column(frame: pd.DataFrame, name: str) -> pa.Array:
    column = pa.Array.from_pandas(frame[name], type=pa.string())
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _with(frame: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    return frame.assign(
        **{name: pd.arrays.ArrowExtensionArray(column) for name, column in columns.items()}
    )
