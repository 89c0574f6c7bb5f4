"""The ARM client and certificates: over real TLS, against a self-signed server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from include.arm import ArmSettings, SettingsInvalid, Unavailable, UntrustedCertificate
from include.arm.client import ArmClient
from include.simulator.population import Population
from include.simulator.server import Simulator, running


@pytest.fixture(scope="module")
def arm() -> Iterator[Simulator]:
    with running(Population(users=20)) as simulator:
        yield simulator


def count(arm: Simulator, **changes: object) -> int:
    extra = {"page_size": 7, **changes}
    settings = ArmSettings.from_connection(
        host=str(extra.pop("host", arm.host)),
        port=int(str(extra.pop("port", arm.port))),
        login=arm.username,
        password=arm.password,
        extra=extra,
    )
    with ArmClient(settings, sleep=lambda _: None) as client:
        return client.registered_users().read(lambda pages: sum(map(len, pages)))


def test_a_ca_file_is_trusted(arm: Simulator) -> None:
    assert count(arm, ca_file=str(arm.certificate)) == 20


def test_a_pinned_certificate_is_trusted(arm: Simulator) -> None:
    assert count(arm, fingerprint=arm.fingerprint) == 20


def test_any_certificate_is_trusted_on_demand_without_a_warning_per_page(arm: Simulator) -> None:
    assert count(arm, do_not_verify=True) == 20


def test_a_self_signed_certificate_is_not_trusted_by_itself(arm: Simulator) -> None:
    with pytest.raises(UntrustedCertificate, match="CERTIFICATE_VERIFY_FAILED"):
        count(arm)


def test_another_certificate_than_the_pinned_one_is_not_trusted(arm: Simulator) -> None:
    with pytest.raises(UntrustedCertificate, match="Fingerprints did not match"):
        count(arm, fingerprint="0" * 64)


def test_a_ca_file_without_a_certificate_trusts_nobody(arm: Simulator, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(UntrustedCertificate, match="set ca_file"):
        count(arm, ca_file=str(tmp_path / "ca.pem"))


def test_nobody_there_is_unavailable(arm: Simulator) -> None:
    with pytest.raises(Unavailable, match="refused"):
        count(arm, port=1, fingerprint=arm.fingerprint)


def test_a_host_that_cannot_be_one_is_a_wrong_setting(arm: Simulator) -> None:
    with pytest.raises(SettingsInvalid, match="is no host name"):
        count(arm, host="a" * 70, fingerprint=arm.fingerprint)
