"""Tries a connection out, step by step, and tells what is found: for people, before a first sync.

It asks each thing once and little at a time, and stops where it cannot go on: a login that is
refused is not tried again, for devices lock an address out. What it cannot find under the name
that the settings give, it looks for, and tells the settings that would mend it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from include.arm.endpoints import Endpoint
from include.arm.errors import ArmError
from include.arm.probe import certificates
from include.arm.probe.findings import Finding, amended, changes
from include.arm.settings import SbcSettings, Settings

__all__ = ["Finding", "amended", "changes", "probe"]

SECONDS = 60.0
"""So long a probe may take, and half of it one answer."""

SOON_DAYS = 30


def probe(settings: Settings, *, only_count: bool = False) -> list[Finding]:
    """What is found out about a connection; all is well with it where all findings are `ok`.

    An SBC that is there for cross-checks is asked for `only_count`, which takes a lower level.
    Raises no ArmError: it is told as a finding. Nothing that is told has the password in it.
    """
    secret = settings.password.get_secret_value()
    found = _findings(_hurried(settings), only_count=only_count)
    return [finding.without(secret) for finding in found]


def _hurried(settings: Settings) -> Settings:
    """The settings, with less patience: somebody waits at a button."""
    return settings.model_copy(
        update={
            "deadline": min(settings.deadline, SECONDS),
            "read_timeout": min(settings.read_timeout, SECONDS / 2),
        }
    )


def _findings(settings: Settings, *, only_count: bool) -> Iterator[Finding]:
    """All findings, in their order."""
    try:
        shown = certificates.shown(settings)
    except ArmError as error:
        yield Finding(False, "Reach", str(error))
        return
    yield Finding(True, "Reach", f"{settings.base_url} answers with {shown.protocol}")
    certificate = _certificate(settings, shown)
    yield certificate
    if not certificate.ok:
        return  # the password goes to nobody who is not trusted
    yield from _asked(settings, only_count=only_count)


def _asked(settings: Settings, *, only_count: bool) -> Iterator[Finding]:
    """What is found in the answers of a server that is trusted."""
    if isinstance(settings, SbcSettings):
        from include.arm.probe.session_border_controller import SbcProbe

        return SbcProbe(settings, only_count=only_count).findings()
    from include.arm.probe import routing_manager

    return routing_manager.findings(settings)


def _certificate(settings: Endpoint, shown: certificates.Shown) -> Finding:
    what = (
        f"of {shown.subject}, issued by {shown.issuer}, until {shown.expires:%Y-%m-%d}, "
        f"SHA-256 {shown.pretty_fingerprint}"
    )
    pin: dict[str, object] = {"fingerprint": shown.fingerprint}
    if settings.do_not_verify:
        warning = (
            "NOT VERIFIED (do_not_verify is on): whoever is on the way can read the password and "
            "forge the list"
        )
        return Finding(True, "Certificate", f"{warning}; {what}", pin | {"do_not_verify": False})
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
