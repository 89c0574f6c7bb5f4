"""What a routing manager answers to a login and a few pages, held against the settings."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec

from include.arm.errors import ArmError, AuthenticationFailed, Forbidden, Malformed
from include.arm.pages import text_at
from include.arm.probe import guesses, pagination
from include.arm.probe.findings import Finding
from include.arm.probe.trial import Over, Trial
from include.arm.rules import NumberRules
from include.arm.settings import COLUMNS, ArmSettings, RecordField

EXAMPLES = 5
NODES = 20
FIND_THE_LOGIN = (
    "login_path is wrong, or there is no login. Log in to the Routing Manager's own web page with "
    "the browser's developer tools open: under Network they show the path"
)


def findings(
    settings: ArmSettings, rules: NumberRules, nodes: Collection[str]
) -> Iterator[Finding]:
    """What is found, in two to four requests, to where it cannot go on."""
    trial = Trial(settings)
    named, judged = partial(_nodes, wanted=nodes), partial(_numbers, rules=rules)
    steps = (_signs_in, _lists, _counts, _names, named, pagination.findings, judged)
    try:
        with trial:
            for step in steps:
                for finding in step(trial):
                    yield finding.without(trial.token)
    except Over as over:
        yield over.finding.without(trial.token)
    except ArmError as error:
        yield Finding(False, "Answer", str(error)).without(trial.token)


def _signs_in(trial: Trial) -> Iterator[Finding]:
    """Ready to ask for the list; with a login, its token is known."""
    if trial.settings.authentication == "basic":
        trial.credentials = {"auth": trial.exchange.basic()}
        return
    key, path = trial.settings.login_answer_key, trial.settings.login_path
    try:
        answer = trial.login()
    except ArmError as error:
        raise Over("Login", *_login_refused(trial, error)) from error
    token = text_at(answer, key, trial.exchange.where(path))
    if _is_token(token):
        yield Finding(True, "Login", f"accepted, with a token under {key!r}")
    else:
        document = msgspec.json.decode(answer)
        guess = guesses.login_answer_key(document)
        if guess is None:
            raise Over(
                "Login", f"accepted, but without a token under {key!r}; set login_answer_key"
            )
        token = trial.token = str(guesses.at(document, guess))
        said = f"accepted, without a token under {key!r}; there may be one under {guess!r}"
        yield trial.mend("Login", said, login_answer_key=guess)
    trial.token = str(token)
    trial.credentials = {"headers": {"Authorization": f"Bearer {token}"}}


def _login_refused(trial: Trial, error: ArmError) -> tuple[str, dict[str, object]]:
    said, status = str(error), trial.status
    if status in (404, 405):
        return f"{said.partition(';')[0]}: {FIND_THE_LOGIN}", {}
    if status == 401 and trial.challenge.startswith("basic"):
        return f"{said}; it asks for Basic", {"authentication": "basic"}
    keys = guesses.login_keys(trial.said) if status in (400, 422) else {}
    if any(getattr(trial.settings, key) != name for key, name in keys.items()):
        return f"{said}; it names other keys for user and password", keys
    return said, {}


def _lists(trial: Trial) -> Iterator[Finding]:
    """The first page is here, and it is known where it has its list."""
    trial.take(_first_answer(trial))
    settings = trial.settings
    how = "user and password" if settings.authentication == "basic" else "the token"
    yield Finding(True, "Sign-in", f"{how} accepted for {settings.registered_users_path}")
    if not trial.has_list:
        yield _list_found(trial)
    yield from _first_page(trial)


def _first_answer(trial: Trial) -> bytes:
    """The answer to the first query; where its parameters are refused, to a simpler one."""
    settings, first = trial.settings, trial.query(0, trial.size)
    try:
        return trial.get(first)
    except ArmError as error:
        if trial.status not in (400, 422) or not first:
            raise Over(*_list_refused(trial, error)) from error
        refused = f"{error}{trial.refusal}; {pagination.other_names(trial)}"
    trial.refused = refused
    trial.bare = not (settings.paging == "page" and settings.first_page == 0)
    try:
        return trial.get({} if trial.bare else {**first, settings.page_parameter: 1})
    except ArmError as error:
        raise Over("List", refused) from error


def _list_refused(trial: Trial, error: ArmError) -> tuple[str, str, dict[str, object]]:
    said, basic = str(error), trial.settings.authentication == "basic"
    if isinstance(error, AuthenticationFailed):
        if basic and trial.challenge.startswith("bearer"):
            return "Sign-in", f"{said}; it asks for a token", {"authentication": "login"}
        if not basic and trial.challenge.startswith("basic"):
            return "Sign-in", f"{said}; it asks for Basic", {"authentication": "basic"}
        return "Sign-in", f"{said}; it was tried once, and not again", {}
    if isinstance(error, Forbidden):
        return "Sign-in", said, {}
    if trial.status == 404:
        return "Path", f"{said}; set registered_users_path", {}
    return "List", f"{said}{trial.refusal}", {}


def _list_found(trial: Trial) -> Finding:
    key, found = trial.settings.list_key, guesses.list_key(trial.document)
    if found is None:
        raise Over("List", f"the answer has no list, only {trial.keys}; check the path")
    change: dict[str, object] = {"list_key": found}
    if found == "none" and trial.settings.paging == "cursor":
        change["paging"] = "none"
    shown = "it is the answer itself" if found == "none" else f"there is one under {found!r}"
    return trial.mend("List", f"not under {key!r}; {shown}", **change)


def _first_page(trial: Trial) -> Iterator[Finding]:
    """Somebody is on the page; where it is empty and the list is not, another page is the first."""
    settings = trial.settings
    if not trial.rows and settings.paging == "page" and trial.total:
        other = 1 - settings.first_page
        with suppress(ArmError):
            trial.take(trial.get({**trial.query(0, trial.size), settings.page_parameter: other}))
        if trial.rows:
            said = f"page {settings.first_page} is empty, and page {other} is not"
            yield trial.mend("Paging", said, first_page=other)
    where = "as the answer itself" if settings.list_key is None else f"under {settings.list_key!r}"
    if not trial.rows:
        raise Over(
            "List",
            f"nobody is registered in the list {where}, so that nothing else can be tried; see "
            "that the Routing Manager's feature Registered users is on",
        )
    yield Finding(True, "List", f"{len(trial.rows)} registered users {where}{_asked_for(trial)}")


def _asked_for(trial: Trial) -> str:
    if trial.bare:
        return ", asked for without parameters"
    return "" if trial.settings.paging == "none" else f", {trial.size} asked for"


def _counts(trial: Trial) -> Iterator[Finding]:
    """It is known how long the list is, if the API tells."""
    settings, rows = trial.settings, len(trial.rows)
    if settings.list_key is None:
        return
    if settings.total_key is None:
        yield _no_total(trial)
    elif trial.total is not None and trial.total >= rows:
        yield Finding(True, "Total", f"{trial.total} registered users in all")
    else:
        guess = guesses.total_key(trial.document, rows)
        shown = "there is none" if guess == "none" else f"there may be one under {guess!r}"
        yield trial.mend("Total", f"not under {settings.total_key!r}; {shown}", total_key=guess)


def _no_total(trial: Trial) -> Finding:
    """That there is none, as the settings say; unless a number is more than the page has."""
    guess = guesses.total_key(trial.document, len(trial.rows) + 1)
    if guess != "none":
        said = f"none is told (total_key none), but there is one under {guess!r}"
        return trial.mend("Total", said, total_key=guess)
    return Finding(True, "Total", "none is told (total_key none): a list ends where it ends")


def _names(trial: Trial) -> Iterator[Finding]:
    """It is known what the fields are called, and that their values can be read."""
    names = list(dict.fromkeys(name for one in trial.rows for name in one))
    given = trial.settings.fields
    found = guesses.fields(trial.rows, given)
    missing = [
        column for column in COLUMNS if found.get(column, given.get(column, column)) not in names
    ]
    if "aor" in missing:
        raise Over(
            "Fields",
            f"no address of record, only {', '.join(names)}; say in fields which of them is aor",
        )
    if found:
        pairs = ", ".join(f"{column} may be {name!r}" for column, name in found.items())
        yield trial.mend("Fields", f"not all found: {pairs}", fields=_named(given, found, missing))
    else:
        told_not = f"; not told: {', '.join(missing)}" if missing else ""
        yield Finding(True, "Fields", f"found under their names{told_not}")
    try:
        _frame(trial)
    except Malformed as error:
        raise Over("Fields", f"{error}; name another in fields") from error


def _named(
    given: dict[RecordField, str], found: dict[RecordField, str], missing: list[RecordField]
) -> dict[RecordField, str]:
    """The names of all fields; those that nobody has do not stand in the way."""
    return {**{name: given[name] for name in given if name not in missing}, **found}


def _nodes(trial: Trial, wanted: Collection[str]) -> Iterator[Finding]:
    """Whether the nodes that site rules and cross-checks name are on the page, if any are."""
    there = sorted(_frame(trial)["nodeName"].dropna().unique())
    missing = sorted(set(wanted) - set(there))
    if not wanted or not there:
        return
    if not missing:
        yield Finding(True, "Nodes", f"{', '.join(sorted(wanted))} on the first page")
        return
    more = f" and {len(there) - NODES} more" if len(there) > NODES else ""
    said = (
        f"not on the first page: {', '.join(missing)}; it has {', '.join(there[:NODES])}{more}; "
        "see that rules.sites and cross_checks call nodes what the list does"
    )
    yield Finding(True, "Nodes", said, warning="NODES NOT SEEN")


def _numbers(trial: Trial, rules: NumberRules) -> Iterator[Finding]:
    """How many of the addresses on the page are numbers by the rules."""
    from include.arm import numbers

    frame = numbers.normalise(_frame(trial), rules)
    bad = frame[frame["rejected"].notna()]
    pairs = zip(bad["aor"], bad["rejected"], strict=True)
    shown = ", ".join([f"{aor} ({reason})" for aor, reason in pairs][:EXAMPLES])
    good = len(frame) - len(bad)
    how = "without any rules" if rules == NumberRules() else "by the rules of this connection"
    said = f"{good} of {len(frame)} addresses are numbers, {how}"
    yield Finding(good > 0, "Numbers", f"{said}; no numbers: {shown}" if shown else said)


def _frame(trial: Trial) -> Any:
    from include.arm import records

    return next(records.frames([trial.page]))


def _is_token(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value.isascii() and value.isprintable()
