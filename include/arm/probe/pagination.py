"""Whether a list can be paged as the settings say, by a second page and perhaps a third."""

from collections.abc import Iterator

from include.arm.errors import ArmError
from include.arm.pages import Page
from include.arm.paging import Query
from include.arm.probe import guesses
from include.arm.probe.findings import Finding
from include.arm.probe.trial import FEWEST, Trial

PARAMETERS = {
    "page": "page_parameter and page_size_parameter",
    "offset": "offset_parameter and limit_parameter",
    "cursor": "limit_parameter and cursor_parameter",
}
"""The settings that name the parameters of a way of paging."""

TOO_FEW = "not tried: the first page has one registered user, which is too few"


def findings(trial: Trial) -> Iterator[Finding]:
    """What is found of the paging, once the first page can be read."""
    if trial.refused is not None:
        yield _parameters_refused(trial, trial.refused)
        return
    ways = {"none": _whole, "cursor": _by_cursor}
    try:
        yield from ways.get(trial.settings.paging, _by_place)(trial)
    except ArmError as error:
        yield Finding(False, "Paging", f"{error}{trial.refusal}")


def _parameters_refused(trial: Trial, refused: str) -> Finding:
    if not trial.bare:
        return trial.mend("Paging", f"{refused}; page 1 is answered", first_page=1)
    return _otherwise(trial, f"{refused}; without parameters it is answered")


def other_names(trial: Trial) -> str:
    """That the way of paging may be right, and its parameters have other names."""
    paging = trial.settings.paging
    return f"by {paging}, the parameters may have other names: {PARAMETERS[paging]}"


def _otherwise(trial: Trial, said: str) -> Finding:
    """What the first page tells of how it is to be paged, if not as the settings have it."""
    rows, total = len(trial.rows), trial.total
    if rows == total:
        return trial.mend("Paging", f"{said}; it is the whole list", paging="none")
    if total is None and rows > trial.size:
        unproved = (
            f"{said}: either its parameters have other names, or {rows} are the whole list: "
            "compare with what the manager counts before you set paging to none"
        )
        return trial.mend("Paging", unproved, paging="none")
    now = trial.settings.model_dump()
    guess = {k: v for k, v in guesses.paging(trial.document).items() if now[k] != v}
    if guess:
        return trial.mend("Paging", f"{said}; the answer's keys suggest another way", **guess)
    return Finding(False, "Paging", f"{said}; set paging and its parameters")


def _whole(trial: Trial) -> Iterator[Finding]:
    total, rows = trial.total, len(trial.rows)
    if total is None or total == rows:
        unproved = f"nothing tells that {rows} are all: compare with what the manager itself counts"
        yield Finding(
            True,
            "Paging",
            "none is asked for: one answer is taken for the whole list",
            warning="" if total == rows else unproved,
        )
    else:
        yield _otherwise(trial, f"one answer has {rows} of {total}")


def _by_place(trial: Trial) -> Iterator[Finding]:
    """A short page from the middle of the first one shows what the parameters do."""
    first = trial.page
    if len(first) < 2:
        yield Finding(True, "Paging", TOO_FEW)
        return
    size = 2 if len(first) >= FEWEST else 1
    short = trial.ask(1, size)
    yield from _total_of_the_page(trial, short)
    came, wanted, way = _rows(short), _rows(first)[size : 2 * size], trial.settings.paging
    if came[:size] == wanted:
        more = "" if len(came) == size else f"; {len(came)} came: what comes counts"
        yield Finding(True, "Paging", f"by {way}: a second page of {size} was asked for{more}")
    elif not came or (came[0] == _rows(first)[0] and way == "offset"):
        what = "is the first one again" if came else "is empty"
        yield _otherwise(trial, f"a second page {what}")
    elif way == "offset":
        yield Finding(
            False,
            "Paging",
            "a second page has other rows than the first one had there: the list has moved, or is "
            "in no fixed order; test again",
        )
    else:
        yield _numbered(trial, first, short, size)


def _numbered(trial: Trial, first: Page, short: Page, size: int) -> Finding:
    """What another page tells of how pages are numbered."""
    repeated = _rows(short)[0] == _rows(first)[0]
    if not repeated and len(short) > size:
        said = (
            f"by page: a second page of {size} was asked for; {len(short)} came: what comes counts"
        )
        return Finding(True, "Paging", said)
    if repeated == trial.settings.first_page:
        return _otherwise(trial, "a second page is not the one that follows the first")
    # From 0, though we began with 1: there is a page before. From 1, though we began with 0: the
    # two that came were the same, and the one after them is another.
    other = 1 if repeated else 0
    query = {**trial.query(0, size), trial.settings.page_parameter: 2 if repeated else 0}
    third = _rows(trial.decoded(trial.get(query)))
    if third and not set(third) & set(_rows(short)) and len(third) <= size:
        return trial.mend("Paging", f"pages are numbered from {other}", first_page=other)
    return _otherwise(trial, "a second page is not the one that follows the first")


def _total_of_the_page(trial: Trial, short: Page) -> Iterator[Finding]:
    """A total that follows the size of the page is none of the list."""
    key, total = trial.settings.total_key, trial.total
    if key is None or total in (None, len(short)) or short.total != len(short):
        return
    guess = guesses.total_key(trial.document, len(trial.rows), not_these=[key])
    yield trial.mend("Total", f"{key!r} counts the page, not the list", total_key=guess)


def _by_cursor(trial: Trial) -> Iterator[Finding]:
    """A page that follows another shows what the cursor does."""
    first = trial.page
    if len(first) < 2:
        yield Finding(True, "Paging", TOO_FEW)
        return
    limit, settings = trial.size, trial.settings
    yield from _cursor_named(trial)
    if not _cursor(trial):
        limit = max(1, len(first) // 2)
        trial.take(trial.get({settings.limit_parameter: limit}))
        yield from _cursor_named(trial)
    before = trial.page
    if _cursor(trial):
        query: Query = {settings.limit_parameter: limit}
        query[settings.cursor_parameter] = str(_cursor(trial))
        yield _follows(before, trial.decoded(trial.get(query)))
    elif len(before) > limit:
        said = f"{limit} asked for, and all {len(before)} came at once"
        yield Finding(True, "Paging", said)
    else:
        yield _otherwise(trial, f"no next page is named under {trial.settings.cursor_key!r}")


def _follows(before: Page, after: Page) -> Finding:
    if len(after) and _rows(after)[0] not in _rows(before):
        return Finding(True, "Paging", "by cursor: the page that it names follows")
    said = "the page at the cursor does not follow the one before; set cursor_parameter"
    return Finding(False, "Paging", said)


def _cursor(trial: Trial) -> object:
    found = trial.under(trial.settings.cursor_key)
    return None if found is guesses.NOTHING else found


def _cursor_named(trial: Trial) -> Iterator[Finding]:
    key = trial.settings.cursor_key
    if trial.under(key) is not guesses.NOTHING:
        return
    guess = guesses.cursor_key(trial.document)
    if guess is not None:
        said = f"no cursor under {key!r}; there may be one under {guess!r}"
        yield trial.mend("Cursor", said, cursor_key=guess)


def _rows(page: Page) -> list[int]:
    found: list[int] = page.identities.tolist()
    return found
