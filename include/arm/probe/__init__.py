"""Tries a connection out, step by step, and tells what is found: for people, before a first sync.

It asks each thing once and little at a time, and stops where it cannot go on: a login that is
refused is not tried again, for devices lock an address out. What it cannot find under the name
that the settings give, it looks for, and tells the settings that would mend it.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

from include.arm.endpoints import Endpoint
from include.arm.errors import ArmError
from include.arm.probe import certificates
from include.arm.probe.findings import Finding, amended, changes, written
from include.arm.rules import NumberRules
from include.arm.settings import SbcSettings, Settings

__all__ = ["Finding", "amended", "changes", "probe", "written"]

SECONDS = 60.0
"""So long a probe may take, and half of it one answer."""

SOON_DAYS = 30
NO_RULES = NumberRules()


def probe(
    settings: Settings,
    *,
    only_count: bool = False,
    rules: NumberRules = NO_RULES,
    nodes: Collection[str] = (),
) -> list[Finding]:
    """What is found out about a connection; all is well with it where all findings are `ok`.

    An SBC that is there for cross-checks is asked for `only_count`, which takes a lower level.
    A routing manager's addresses are judged by the rules, and the nodes looked for in its list.
    Raises no ArmError: it is told as a finding. Nothing that is told has the password in it.
    """
    secret = settings.password.get_secret_value()
    hurried = _hurried(settings)
    try:
        shown = certificates.shown(hurried)
    except ArmError as error:
        return [Finding(False, "Reach", str(error)).without(secret)]
    found = [
        Finding(True, "Reach", f"{hurried.base_url} answers with {shown.protocol}"),
        _certificate(hurried, shown),
    ]
    if found[-1].ok:  # the password goes to nobody who is not trusted
        found += _asked(hurried, only_count=only_count, rules=rules, nodes=nodes)
    return [finding.without(secret) for finding in found]


def _hurried(settings: Settings) -> Settings:
    """The settings, with less patience: somebody waits at a button."""
    return settings.model_copy(
        update={
            "deadline": min(settings.deadline, SECONDS),
            "read_timeout": min(settings.read_timeout, SECONDS / 2),
        }
    )


def _asked(
    settings: Settings, *, only_count: bool, rules: NumberRules, nodes: Collection[str]
) -> Iterator[Finding]:
    """What is found in the answers of a server that is trusted."""
    if isinstance(settings, SbcSettings):
        from include.arm.probe.session_border_controller import SbcProbe

        return SbcProbe(settings, only_count=only_count).findings()
    from include.arm.probe import routing_manager

    return routing_manager.findings(settings, rules, nodes)


def _certificate(settings: Endpoint, shown: certificates.Shown) -> Finding:
    what = (
        f"of {shown.subject}, issued by {shown.issuer}, until {shown.expires:%Y-%m-%d}, "
        f"SHA-256 {shown.pretty_fingerprint}"
    )
    pin: dict[str, object] = {"fingerprint": shown.fingerprint}
    if settings.do_not_verify:
        warning = "NOT VERIFIED"
        said = (
            f"{warning} (do_not_verify is on): whoever is on the way can read the password and "
            f"forge the list; {what}"
        )
        return Finding(True, "Certificate", said, pin | {"do_not_verify": False}, warning)
    if shown.distrust:
        advice = (
            "not trusted, and so the password was not sent; compare the fingerprint on the server "
            "itself first, then set fingerprint to it, or ca_file to its authority"
        )
        others = {"ca_file": None} if settings.ca_file is not None else {}
        said = f"{what}: {shown.distrust}; {advice}"
        return Finding(False, "Certificate", said, pin | others)
    return Finding(True, "Certificate", f"trusted {_how(settings)}; {what}{_soon(shown)}")


def _how(settings: Endpoint) -> str:
    if settings.fingerprint is not None:
        return "by its fingerprint"
    return "by ca_file" if settings.ca_file is not None else "by a public authority"


def _soon(shown: certificates.Shown) -> str:
    """That it ends soon, or has ended: a fingerprint is trusted all the same."""
    left = shown.expires - datetime.now(UTC)
    days = abs(left) // timedelta(days=1)
    if left < timedelta(0):
        return f"; it ended {days} days ago"
    return f"; it ends in {days} days" if days < SOON_DAYS else ""
