"""A self-signed certificate for this machine's own names, made once and kept."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID = timedelta(days=20 * 365)
ADDRESSES = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class Certificate:
    """Where the certificate and its private key lie, both as PEM."""

    path: Path
    key: Path

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate's DER form, in lower-case hexadecimal."""
        der = ssl.PEM_cert_to_DER_cert(self.path.read_text(encoding="ascii"))
        return hashlib.sha256(der).hexdigest()


def certificate(folder: Path) -> Certificate:
    """Return the certificate kept in `folder`, made there if there is none.

    It is valid for localhost, 127.0.0.1 and ::1, and is its own authority. Whoever asks at the
    same time gets the same one. The key is readable by its owner alone.
    """
    kept = folder / "localhost"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            made = Path(scratch) / "made"
            _make(made)
            _keep(made, kept)
    return Certificate(path=kept / "certificate.pem", key=kept / "key.pem")


def _keep(made: Path, kept: Path) -> None:
    try:
        made.rename(kept)
    except OSError:  # another process was faster: a folder that is not empty is never replaced
        if not kept.is_dir():
            raise


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    key = ec.generate_private_key(ec.SECP256R1())
    (folder / "key.pem").touch(mode=0o600)
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    pem = _signed(key).public_bytes(serialization.Encoding.PEM)
    (folder / "certificate.pem").write_bytes(pem)


def _signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """Sign with every extension that strict verification (Python 3.13's default) asks for."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "AudioCodes ARM simulator")])
    identity = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ADDRESSES]
    now = datetime.now(UTC)
    unsigned = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identity, critical=False)
    )
    return unsigned.sign(key, hashes.SHA256())


def _key_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
