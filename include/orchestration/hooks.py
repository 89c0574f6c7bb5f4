"""Airflow's hooks of the connection types: a client, and what the button Test Connection says."""

from typing import TYPE_CHECKING, ClassVar, TypeVar

from airflow.sdk import BaseHook

from include.arm import ArmError, ArmSettings, SbcSettings, SettingsInvalid
from include.orchestration import provider, sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.arm.client import ArmClient
    from include.arm.probe import Finding
    from include.arm.sbc import SbcClient

Kind = TypeVar("Kind", ArmSettings, SbcSettings)


class _Hook(BaseHook):
    """Whoever an Airflow connection leads to, asked in the way that its settings say."""

    conn_name_attr: ClassVar[str] = "conn_id"
    default_conn_name: ClassVar[str]
    conn_type: ClassVar[str]
    hook_name: ClassVar[str]

    def __init__(self, conn_id: str) -> None:
        super().__init__()
        self.conn_id = conn_id

    def test_connection(self) -> tuple[bool, str]:
        """Whether all is well with the connection, and what was found, or what to do about it.

        The text never has the password in it, whatever the other side has answered.
        """
        from include.arm import probe

        connection = self.get_connection(self.conn_id)
        try:
            well, text = verdict(probe.probe(sources.of(connection)))
        except ArmError as error:
            well, text = False, str(error)
        return well, _without(connection.password, text)

    def _settings(self, kind: type[Kind]) -> Kind:
        settings = sources.settings(self.conn_id)
        if not isinstance(settings, kind):
            raise SettingsInvalid(
                f"Airflow connection {self.conn_id} is not of the type {self.hook_name}"
            )
        return settings


class ArmHook(_Hook):
    """One AudioCodes Routing Manager."""

    default_conn_name = "audiocodes_arm_default"
    conn_type = provider.ARM
    hook_name = provider.NAMES[provider.ARM]

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__(conn_id)

    def get_conn(self) -> "ArmClient":
        """A client of the routing manager. Raises SettingsInvalid."""
        settings = self._settings(ArmSettings)
        from include.arm.client import ArmClient

        return ArmClient(settings)


class SbcHook(_Hook):
    """One AudioCodes Mediant SBC."""

    default_conn_name = "audiocodes_sbc_default"
    conn_type = provider.SBC
    hook_name = provider.NAMES[provider.SBC]

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__(conn_id)

    def get_conn(self) -> "SbcClient":
        """A client of the SBC. Raises SettingsInvalid."""
        settings = self._settings(SbcSettings)
        from include.arm.sbc import SbcClient

        return SbcClient(settings)


def verdict(findings: "Sequence[Finding]") -> tuple[bool, str]:
    """True and all that was found, or False and all that is not well.

    Warnings and what to set come first, for Airflow shows the text for some seconds only. Nothing
    found out is not well either.
    """
    if not findings:
        return False, "Nothing could be found out"
    bad = [finding for finding in findings if not finding.ok]
    told = [finding.warning for finding in findings if finding.warning]
    told += _advice(findings)
    told += [f"{one.what}: {one.said.rstrip('.')}" for one in bad or findings]
    return not bad, ". ".join(told)


def _advice(findings: "Sequence[Finding]") -> list[str]:
    """What to set, as the form calls it, and to what; a fingerprint is to be compared first."""
    from include.arm.probe.findings import changes, written

    change = changes(findings)
    pairs = [f"{provider.place(key)} = {written(value)}" for key, value in change.items()]
    if not pairs:
        return []
    first = (
        "Compare the fingerprint on the server itself, then set"
        if "fingerprint" in change
        else "Set"
    )
    return [f"{first}: {'; '.join(pairs)}"]


def _without(password: str | None, text: str) -> str:
    return text.replace(password, "***") if password else text
