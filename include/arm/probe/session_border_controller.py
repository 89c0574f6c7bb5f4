"""What an SBC answers when it is asked how many are registered with it, and who."""

from collections.abc import Iterator

import msgspec

from include.arm.errors import ArmError, AuthenticationFailed, Forbidden, Malformed
from include.arm.exchange import Heard
from include.arm.listing import Moved
from include.arm.probe.findings import Finding
from include.arm.sbc import SbcClient
from include.arm.settings import SbcSettings


class SbcProbe:
    """One probe of one SBC: its count, its list, and its count again; or `only_count`."""

    def __init__(self, settings: SbcSettings, *, only_count: bool = False) -> None:
        self.settings = settings
        self._only_count = only_count
        self._heard: list[Heard] = []

    def findings(self) -> Iterator[Finding]:
        """What is found; what comes after something that is not well is not looked at."""
        failure: ArmError | None = None
        well: list[Finding] = []
        try:
            with SbcClient(self.settings, listener=self._heard.append, attempts=1) as sbc:
                well = [self._counted(sbc) if self._only_count else self._listed(sbc)]
        except ArmError as error:
            failure = error
        if self._answered("GET"):
            yield Finding(True, "Sign-in", "user and password accepted")
        if self._answered("PUT"):
            yield Finding(True, "Level", f"high enough for {self.settings.list_command!r}")
        if failure is not None:
            yield self._failed(failure)
        yield from well

    def _counted(self, sbc: SbcClient) -> Finding:
        return Finding(True, "Count", f"{sbc.count()} registered users")

    def _listed(self, sbc: SbcClient) -> Finding:
        listing = sbc.registered_users()
        rows = listing.read(lambda pages: sum(map(len, pages)))
        node, count = self.settings.node_name, listing.evidence.total
        return Finding(
            True, "List", f"{rows} contacts, as node {node!r}; {count} users are counted"
        )

    def _answered(self, method: str) -> bool:
        return any(one.status == 200 and one.method == method for one in self._heard)

    def _failed(self, error: ArmError) -> Finding:
        """What is not well, by what was asked last."""
        counting = not self._heard or self._heard[-1].method == "GET"
        if isinstance(error, AuthenticationFailed):
            return Finding(False, "Sign-in", f"{error}; it was tried once, and not again")
        if isinstance(error, Forbidden):
            level = "" if counting else "; a script needs a login of Administrator level"
            return Finding(False, "Sign-in" if counting else "Level", f"{error}{level}")
        if isinstance(error.__cause__, Moved):
            return Finding(False, "Agreement", str(error))
        if counting and isinstance(error, Malformed):
            return Finding(False, "Count", str(error), self._other_count())
        return Finding(False, "Count" if counting else "List", str(error))

    def _other_count(self) -> dict[str, object]:
        """The key of a count that the answer has instead, if it is only one."""
        if not self._answered("GET"):
            return {}
        try:
            document = msgspec.json.decode(self._heard[-1].body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}
        found = {key for key in _keys(document) if "registered" in key.lower()}
        return {"count_key": found.pop()} if len(found) == 1 else {}


def _keys(document: object, depth: int = 0) -> Iterator[str]:
    """The keys that have a number, wherever they are."""
    inside = document if isinstance(document, list) else []
    if isinstance(document, dict):
        inside = list(document.values())
        yield from (key for key, value in document.items() if type(value) in (int, str))
    for value in inside if depth < 8 else []:
        yield from _keys(value, depth + 1)
