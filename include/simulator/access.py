"""Who may ask: HTTP Basic, or a token from a login."""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from dataclasses import dataclass, field
from typing import Literal

Authentication = Literal["basic", "login"]
TOKEN_SECONDS = 3600


@dataclass
class Access:
    """The one user there is, and the tokens given to it."""

    authentication: Authentication
    username: str
    password: str = field(repr=False)
    _tokens: dict[str, float] = field(default_factory=dict, repr=False)

    @property
    def challenge(self) -> str:
        """What a 401 answers in WWW-Authenticate."""
        return 'Basic realm="ARM"' if self.authentication == "basic" else 'Bearer realm="ARM"'

    def allows(self, authorization: str) -> bool:
        """Tell whether an Authorization header opens the API in the mode in force."""
        if self.authentication == "basic":
            return self.knows_basic(authorization)
        scheme, _, token = authorization.partition(" ")
        expiry = self._tokens.get(token.strip(), 0.0)
        return scheme.lower() == "bearer" and time.monotonic() < expiry

    def knows_basic(self, authorization: str) -> bool:
        """Tell whether an Authorization header is HTTP Basic with the right credentials."""
        scheme, _, encoded = authorization.partition(" ")
        try:
            username, _, password = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        return scheme.lower() == "basic" and self.knows(username, password)

    def knows(self, username: str, password: str) -> bool:
        """Tell whether these are the right credentials, in constant time."""
        offered, right = (f"{username}\n{password}", f"{self.username}\n{self.password}")
        return secrets.compare_digest(offered.encode(), right.encode())

    def token(self) -> str:
        """Return a new token, good for TOKEN_SECONDS."""
        token = secrets.token_urlsafe(24)
        self._tokens[token] = time.monotonic() + TOKEN_SECONDS
        return token

    def forget(self) -> None:
        """Let no token given so far be good any longer."""
        self._tokens.clear()
