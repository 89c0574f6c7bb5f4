"""An ARM that is a function from request to answer, below the client's own session."""

import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd
import requests
import urllib3
from requests.adapters import HTTPAdapter

from include.arm import records
from include.arm.pages import Page

Answer = tuple[int, dict[str, str], bytes | io.BytesIO] | Exception
Serve = Callable[[requests.PreparedRequest], Answer]


class FakeServer(HTTPAdapter):
    """Answers every request with what a function says; keeps what was asked."""

    def __init__(self, serve: Serve) -> None:
        super().__init__()
        self.serve = serve
        self.asked: list[requests.PreparedRequest] = []
        self.options: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        self.asked.append(request)
        self.options.append(options)
        answer = self.serve(request)
        if isinstance(answer, Exception):
            raise answer
        status, headers, body = answer
        raw = urllib3.HTTPResponse(
            body if isinstance(body, io.BytesIO) else io.BytesIO(body),
            headers,
            status,
            preload_content=False,
            decode_content=False,
        )
        return self.build_response(request, raw)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def session(server: FakeServer) -> requests.Session:
    made = requests.Session()
    made.mount("https://", server)
    return made


def rows(pages: Iterable[Page]) -> list[dict[str, Any]]:
    """What came, as records; what was not told is left out."""
    return [
        {name: value for name, value in zip(page.columns, values, strict=True) if value is not None}
        for page in pages
        for values in zip(*page.columns.values(), strict=True)
    ]


def frame(users: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The users as a frame of registered users; what they do not tell is null."""
    columns = {name: [user.get(name) for user in users] for name in records.COLUMNS}
    return records.frame(columns, lambda index: f"row {index + 1}")
