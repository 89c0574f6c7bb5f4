"""A read of a few pages, as it went, in files that may be shown to others.

Each answer is a file, `001-GET-registeredUsers.json`: the request line without the host, status,
headers, and the body as JSON, or as text where it is none. All of it is masked.
"""

import base64
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from include.arm.client import ArmClient
from include.arm.errors import ArmError
from include.arm.exchange import Heard, Listener
from include.arm.pages import Decoder
from include.arm.paging import Pager
from include.arm.recording.masking import Masked, Masking
from include.arm.recording.masks import Masks
from include.arm.sbc import SbcClient
from include.arm.settings import ArmSettings, SbcSettings, Settings

PRIVATE = {"host", "login", "password", "ca_file", "fingerprint", "node"}
"""The settings that stay out of a recording."""

README = """What an AudioCodes {kind} answered, for a report of what is wrong.

{files}

Each file is one answer, in their order: the request without the host, the status, the headers and
the body. Requests had these settings, where they are not the defaults:

{settings}

{end}

What was replaced: user and password, tokens, cookies and other opaque texts; every letter and
digit of numbers, names, addresses, hosts and contacts; serial numbers in user agents. The same
became the same, of the same length, so that one can still see which belong together. What was
kept: keys, the structure, true and false, times, expiries, totals, signs such as + and @, leading
zeros, and the make and version in user agents. Headers that might tell something were left out.

Before you send it: look the files through, texts of error pages above all, for what should not
leave your house. Then pack the folder, and attach it to your report with the version of the
device and what you expected instead.
"""


@dataclass(frozen=True)
class Recording:
    """The names of the files with answers, and what ended the read early, if anything did.

    `error` is the error's own text: it is not masked, and in no file.
    """

    files: list[str]
    error: str


def record(settings: Settings, folder: Path, *, pages: int = 3) -> Recording:
    """Read at most so many pages, and save what came in a folder that is made, or empty.

    Raises FileExistsError where something is in it, and no ArmError: a read that fails is what a
    recording is made of.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty; name another folder")
    heard: list[Heard] = []
    error: ArmError | None = None
    try:
        _read(settings, pages, heard.append)
    except ArmError as caught:
        error = caught
    return save(settings, folder, heard, error)


def save(
    settings: Settings, folder: Path, heard: list[Heard], error: ArmError | None = None
) -> Recording:
    """Save what was heard, masked."""
    masks = Masks(_secrets(settings))
    folder.mkdir(parents=True, exist_ok=True)
    files, answers = [], _masked(settings, masks, heard)
    for number, masked in enumerate(answers, 1):
        files.append(_name(number, heard[number - 1]))
        text = json.dumps(asdict(masked), ensure_ascii=False, indent=1)
        (folder / files[-1]).write_text(text + "\n", encoding="utf-8")
    (folder / "README.txt").write_text(
        _readme(settings, files, _end(answers, error)), encoding="utf-8"
    )
    return Recording(files, "" if error is None else str(error))


def body(file: Path) -> bytes:
    """The body in a file of a recording, as it would have come."""
    told = json.loads(file.read_text(encoding="utf-8"))["body"]
    return told.encode() if isinstance(told, str) else json.dumps(told).encode()


def _read(settings: Settings, pages: int, listener: Listener) -> None:
    """Login and first pages, each request once."""
    if isinstance(settings, SbcSettings):
        with SbcClient(settings, listener=listener, attempts=1) as sbc:
            sbc.registered_users().read(lambda found: sum(map(len, found)))
        return
    with ArmClient(settings, listener=listener, attempts=1) as arm:
        pager, decoder = Pager(settings, careful=True), Decoder(settings)
        query = pager.first
        for _ in range(pages):
            page = decoder.page(arm.ask(query), settings.registered_users_path)
            total = page.total if type(page.total) is int else None
            following = next(pager.after(page, total), None)
            if following is None:
                return
            query = following


def _masked(settings: Settings, masks: Masks, heard: list[Heard]) -> list[Masked]:
    """The answers, masked: first the lists, so that what is in them is known in other texts."""
    masking = Masking(settings, masks)
    order = sorted(range(len(heard)), key=lambda number: not _is_list(heard[number]))
    masked = {number: masking.answer(heard[number]) for number in order}
    return [masked[number] for number in range(len(heard))]


def _is_list(heard: Heard) -> bool:
    return heard.status == 200 and heard.body.lstrip()[:1] in (b"{", b"[")


def _secrets(settings: Settings) -> list[str]:
    password = settings.password.get_secret_value()
    pair = f"{settings.login}:{password}".encode()
    return [password, settings.login, settings.host, base64.b64encode(pair).decode()]


def _name(number: int, heard: Heard) -> str:
    last = heard.url.partition("?")[0].rstrip("/").rpartition("/")[2]
    return f"{number:03}-{heard.method}-{re.sub('[^A-Za-z0-9_-]', '_', last) or 'root'}.json"


def _end(answers: list[Masked], error: ArmError | None) -> str:
    """How the read ended; an error's own text may have anything in it, and stays out."""
    if error is None:
        return "The read went as far as it was to go."
    said = f"The read ended early: {type(error).__name__}. {type(error).__doc__}"
    if not answers:
        return said
    last = answers[-1]
    return f"{said} The last answer: status {last.status} to {last.request.partition('?')[0]}"


def _readme(settings: Settings, files: list[str], end: str) -> str:
    given = settings.model_dump(exclude_defaults=True, exclude=PRIVATE)
    return README.format(
        kind="Routing Manager" if isinstance(settings, ArmSettings) else "SBC",
        files="\n".join(files) or "Nothing was answered.",
        settings=json.dumps(given, ensure_ascii=False, indent=1),
        end=end,
    )
