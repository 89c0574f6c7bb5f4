"""The certificate that a server shows now, whether it is trusted or not, and why it is not.

It is asked for as `include.arm.transport` would, but for a request: nothing secret is sent.
"""

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from urllib3.util.ssl_ import create_urllib3_context

from include.arm.endpoints import Endpoint
from include.arm.errors import SettingsInvalid, Unavailable


@dataclass(frozen=True)
class Shown:
    """What a server shows to who connects.

    protocol: the version of TLS that was agreed on. fingerprint: the SHA-256 of the certificate,
    64 hexadecimal digits. distrust: why the settings do not trust it, blank where they do.
    """

    protocol: str
    subject: str
    issuer: str
    expires: datetime
    fingerprint: str
    distrust: str

    @property
    def pretty_fingerprint(self) -> str:
        """The fingerprint as a browser and openssl show it."""
        digits = self.fingerprint.upper()
        return ":".join(digits[start : start + 2] for start in range(0, len(digits), 2))


def shown(settings: Endpoint) -> Shown:
    """What the server shows now. Raises Unavailable where nobody answers with a certificate."""
    if settings.do_not_verify or settings.fingerprint is not None:
        protocol, der = _handshake(settings, _anybody())
        return _described(protocol, der, _other_fingerprint(settings, der))
    try:
        return _described(*_handshake(settings, _authorities(settings)), "")
    except ssl.SSLCertVerificationError as error:
        return _described(*_handshake(settings, _anybody()), error.verify_message)
    except ssl.SSLError as error:  # what is in ca_file is no certificate
        return _described(*_handshake(settings, _anybody()), f"ca_file: {error.reason or error}")


def _other_fingerprint(settings: Endpoint, der: bytes) -> str:
    wrong = settings.fingerprint not in (None, _fingerprint(x509.load_der_x509_certificate(der)))
    return "it is not the one of the fingerprint" if wrong else ""


def _anybody() -> ssl.SSLContext:
    context = create_urllib3_context(cert_reqs=ssl.CERT_NONE)
    context.check_hostname = False
    return context


def _authorities(settings: Endpoint) -> ssl.SSLContext:
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.check_hostname = True
    context.load_verify_locations(
        cafile=str(settings.ca_file or requests.utils.DEFAULT_CA_BUNDLE_PATH)
    )
    return context


def _handshake(settings: Endpoint, context: ssl.SSLContext) -> tuple[str, bytes]:
    """The version of TLS, and the server's certificate as DER."""
    where = settings.base_url
    try:
        with (
            socket.create_connection(
                (settings.host, settings.port), settings.connect_timeout
            ) as plain,
            context.wrap_socket(plain, server_hostname=settings.host) as secure,
        ):
            return secure.version() or "TLS", secure.getpeercert(binary_form=True) or b""
    except ssl.SSLCertVerificationError:
        raise
    except UnicodeError as error:
        raise SettingsInvalid(f"host: {settings.host} is no host name") from error
    except ssl.SSLError as error:
        raise Unavailable(
            f"{where} answers, but not with TLS ({error.reason or error}); check the port"
        ) from error
    except OSError as error:
        raise Unavailable(
            f"{where}: no answer ({error or type(error).__name__}); check host and port, and what "
            "is on the way"
        ) from error


def _described(protocol: str, der: bytes, distrust: str) -> Shown:
    try:
        certificate = x509.load_der_x509_certificate(der)
        return Shown(
            protocol=protocol,
            subject=certificate.subject.rfc4514_string() or "nobody by name",
            issuer=certificate.issuer.rfc4514_string() or "nobody by name",
            expires=certificate.not_valid_after_utc.astimezone(UTC),
            fingerprint=_fingerprint(certificate),
            distrust=distrust,
        )
    except ValueError as error:
        raise Unavailable(f"the server's certificate cannot be read: {error}") from error


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()
