"""What surrounds every request: its body has a size, and nothing that fails is told in full."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import Request, Response

from include.web.api import problems

LARGEST = 2 * 1024 * 1024
# An answer is its user's alone, is asked for anew each time, and is nothing but what it says it is.
HEADERS = (
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"Accept"),
    (b"x-content-type-options", b"nosniff"),
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
Answer = Callable[[Request, Exception], Awaitable[Response]]
Headers = tuple[tuple[bytes, bytes], ...]


class Guard:
    """An application that takes no body of more than 2 MiB, and answers what fails in it."""

    def __init__(
        self, app: Application, answer: Answer = problems.answer, headers: Headers = HEADERS
    ) -> None:
        self._app = app
        self._answer = answer
        self._headers = headers

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it; an answer that has begun is cut."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        try:
            await self._app(scope, _limited(scope, receive), sent)
        except Exception as error:
            if begun:
                raise
            answer = await self._answer(Request(scope), error)
            await answer(scope, receive, sent)


def _limited(scope: Message, receive: Receive) -> Receive:
    """What receives the body, up to its largest size."""
    size = 0

    async def received() -> Message:
        nonlocal size
        if _announced(scope) > LARGEST:
            raise _too_large()
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST:
            raise _too_large()
        return message

    return received


def _announced(scope: Message) -> int:
    """The size that the request says it has, where it does."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() and len(length) < 20 else 0


def _too_large() -> problems.Problem:
    detail = f"A body has at most {LARGEST:,} bytes; send several requests"
    return problems.Problem(413, "too-large", "The body is too large", detail)
