"""Reads the registered users of one AudioCodes Routing Manager: all of them, or an error.

A read ends in one of two ways: every page has been handed out and the list was the same when it
was read again, or an ArmError is raised. No answer but a well-formed list is ever taken for one.
"""

import threading
from typing import Any

from include.arm.errors import AuthenticationFailed, Malformed
from include.arm.exchange import Client
from include.arm.listing import Evidence, Listing
from include.arm.pages import text_at
from include.arm.paging import Query
from include.arm.settings import ArmSettings

__all__ = ["ArmClient", "Evidence", "Listing"]


class ArmClient(Client):
    """A session with one ARM."""

    def __init__(self, settings: ArmSettings, **exchange: Any) -> None:
        super().__init__(settings, **exchange)
        self.settings = settings
        self._refused: AuthenticationFailed | None = None
        self._token: str | None = None
        self._signed_in_again = False
        self._signing_in = threading.Lock()

    def registered_users(self) -> Listing:
        """The list of registered users, to be read by its `read`."""
        return Listing(self.settings, self._answer, self._exchange.allowance.elapsed)

    def ask(self, query: Query) -> bytes:
        """The JSON text that the list's path answers to the query.

        A token that is refused is replaced by a new login, once in the life of this client.
        Raises the ArmError that fits when there is no such text.
        """
        if self.settings.authentication == "basic":
            return self._ask_with_basic(query)
        token = self._sign_in()
        try:
            return self._get(query, headers=_bearer(token))
        except AuthenticationFailed as refusal:
            token = self._sign_in_again(token, refusal)
            return self._get(query, headers=_bearer(token))

    def _ask_with_basic(self, query: Query) -> bytes:
        """The same; once the password was refused it is not sent again, by any thread."""
        if self._refused is not None:
            raise self._refused
        try:
            return self._get(query, auth=self._exchange.basic())
        except AuthenticationFailed as refusal:
            self._refused = refusal
            raise

    def _answer(self, query: Query) -> tuple[str, bytes]:
        path = self.settings.registered_users_path
        return self._exchange.where(path, query), self.ask(query)

    def _get(self, query: Query, **credentials: Any) -> bytes:
        path = self.settings.registered_users_path
        return self._exchange.ask("GET", path, params=query, **credentials)

    def _sign_in(self) -> str:
        with self._signing_in:
            if self._token is None:
                self._token = self._login()
            return self._token

    def _sign_in_again(self, refused: str, refusal: AuthenticationFailed) -> str:
        """Another token than the one that was refused: one login for all who were refused it."""
        with self._signing_in:
            if self._token is None or self._token == refused:
                if self._signed_in_again:
                    raise refusal
                self._signed_in_again = True
                self._token = self._login()
            return self._token

    def _login(self) -> str:
        settings = self.settings
        credentials = {
            settings.login_name_key: settings.login,
            settings.login_pass_key: settings.password.get_secret_value(),
        }
        where = self._exchange.where(settings.login_path)
        body = self._exchange.ask("POST", settings.login_path, json=credentials)
        token = text_at(body, settings.login_answer_key, where)
        if not (isinstance(token, str) and token and token.isascii() and token.isprintable()):
            raise Malformed(
                f"{where} answered without a token under {settings.login_answer_key!r}; set "
                "login_answer_key and login_path as the API has them"
            )
        return token


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
