"""The certificate is made once, holds for this machine's own names, and its key is private."""

from __future__ import annotations

import ipaddress
import multiprocessing
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from include.simulator.certificates import certificate


def test_the_second_call_gives_the_first_ones_certificate(tmp_path: Path) -> None:
    assert certificate(tmp_path).fingerprint == certificate(tmp_path).fingerprint


def test_processes_that_ask_at_once_get_the_same_one(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        made = pool.map(certificate, [tmp_path] * 4, chunksize=1)
    assert len({one.fingerprint for one in made}) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["localhost"]


def test_it_names_localhost_and_both_loopback_addresses(tmp_path: Path) -> None:
    pem = x509.load_pem_x509_certificate(certificate(tmp_path).path.read_bytes())
    names = pem.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert names.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address("127.0.0.1"),
        ipaddress.ip_address("::1"),
    ]


def test_the_fingerprint_is_the_sha256_of_the_der(tmp_path: Path) -> None:
    made = certificate(tmp_path)
    pem = x509.load_pem_x509_certificate(made.path.read_bytes())
    assert made.fingerprint == pem.fingerprint(hashes.SHA256()).hex()


def test_only_its_owner_may_read_the_key(tmp_path: Path) -> None:
    assert certificate(tmp_path).key.stat().st_mode & 0o777 == 0o600
