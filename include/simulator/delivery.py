"""How an answer gets to the client: whole, or in one of the ways in which it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from include.simulator.answers import Answer, Manner

DRIP_BYTES = 4
FLUSH_SECONDS = 0.05

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True)
class Wire:
    """The two ends of an ASGI call, and the connection under it."""

    receive: Receive
    send: Send
    transport: Callable[[], asyncio.WriteTransport | None]

    async def start(self, answer: Answer, headers: dict[str, str]) -> None:
        """Send the status line and the headers."""
        named = {"Date": formatdate(usegmt=True), **headers}
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
        await self.send(
            {"type": "http.response.start", "status": answer.status, "headers": encoded}
        )

    async def part(self, body: bytes | memoryview) -> None:
        """Send a part of the body, not the last."""
        await self.send({"type": "http.response.body", "body": bytes(body), "more_body": True})

    async def end(self) -> None:
        """Say that the body is complete."""
        await self.send({"type": "http.response.body", "body": b""})

    async def gone(self) -> None:
        """Return when the client has gone away, or the connection under it."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


async def deliver(answer: Answer, wire: Wire) -> None:
    """Answer in the manner that the answer asks for; a broken one ends without an error here."""
    await MANNERS[answer.manner](answer, wire)


async def _whole(answer: Answer, wire: Wire) -> None:
    """Send a body of one piece with its length, one of several in chunks, none for 204."""
    headers = {"Content-Type": "application/json", **answer.headers}
    if answer.status == 204:
        headers = answer.headers
    elif isinstance(answer.body, list):
        headers["Content-Length"] = str(sum(map(len, answer.body)))
    await wire.start(answer, headers)
    for piece in answer.body:
        await wire.part(piece)
    await wire.end()


async def _cut(answer: Answer, wire: Wire) -> None:
    """Send half of the body in chunks, and abort the connection."""
    body = b"".join(answer.body)
    await wire.start(answer, {"Content-Type": "application/json", **answer.headers})
    await wire.part(body[: len(body) // 2])
    await asyncio.sleep(FLUSH_SECONDS)  # an abort takes back what was not sent yet
    if transport := wire.transport():
        transport.abort()
    await wire.gone()


async def _short(answer: Answer, wire: Wire) -> None:
    """Announce twice the length there is, send all there is, and close the connection."""
    body = b"".join(answer.body)
    length = {"Content-Length": str(2 * len(body) + 1)}
    await wire.start(answer, {"Content-Type": "application/json", **answer.headers, **length})
    await wire.part(body)
    if transport := wire.transport():
        transport.close()
    await wire.gone()


async def _drip(answer: Answer, wire: Wire) -> None:
    """Send a few bytes, pause, and so on until the end or until the client goes away."""
    body = b"".join(answer.body)
    length = {"Content-Length": str(len(body))}
    await wire.start(answer, {"Content-Type": "application/json", **answer.headers, **length})
    gone = asyncio.ensure_future(wire.gone())
    try:
        for drop in _drops(body):
            await wire.part(drop)
            await asyncio.wait([gone], timeout=answer.pause)
            if gone.done():
                return
        await wire.end()
    finally:
        gone.cancel()


def _drops(body: bytes) -> Iterator[bytes]:
    return (body[at : at + DRIP_BYTES] for at in range(0, len(body), DRIP_BYTES))


async def _never(answer: Answer, wire: Wire) -> None:  # noqa: ARG001 - it is what is withheld
    """Send nothing until the client goes away."""
    await wire.gone()


MANNERS: dict[Manner, Callable[[Answer, Wire], Awaitable[None]]] = {
    "whole": _whole,
    "cut": _cut,
    "short": _short,
    "drip": _drip,
    "never": _never,
}
