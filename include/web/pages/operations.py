"""Operations from pages: which a number's state allows, their forms, and what became of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from include.inventory.database import repeated
from include.inventory.operations import (
    ASSIGN,
    COOL,
    DELETE,
    EDIT,
    END_COOLING,
    MARK_UTILITY,
    MOVE,
    OPERATIONS,
    RESERVE,
    UNASSIGN,
    UNRESERVE,
    Item,
    Operation,
    Outcome,
)
from include.inventory.selections import NUMBER
from include.web.api import sessions
from include.web.api.bodies import BODIES, Asked, Move
from include.web.api.operations import CARRY_OUT
from include.web.api.problems import Problem
from include.web.api.selections import asked_of
from include.web.pages import rendering
from include.web.pages.visitors import Managing

MOST = 1000
SHOWN = 100
TEXT = "text."
FOR_SEVERAL = (
    RESERVE,
    UNRESERVE,
    COOL,
    END_COOLING,
    ASSIGN,
    UNASSIGN,
    MARK_UTILITY,
    MOVE,
    DELETE,
)
FOR_ONE = (*FOR_SEVERAL[:-1], EDIT, DELETE)

Chosen = Mapping[str | None, Sequence[str]]

router = APIRouter()


@dataclass(frozen=True)
class Sent:
    """The fields of a form, each with its values; blank ones among them."""

    fields: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str | None:
        """The value of a field without blanks around it; None where nothing is left."""
        return (self.fields.get(name) or [""])[-1].strip() or None

    def all(self, name: str) -> list[str]:
        """The values of a field that may be given several times."""
        return [value for value in self.fields.get(name, []) if value.strip()]

    def texts(self) -> dict[str, str | None]:
        """The free texts of a number that the form has; a blank one is to be cleared."""
        names = [name for name in self.fields if name.startswith(TEXT)]
        return {name.removeprefix(TEXT): self.one(name) for name in names}


async def _sent(request: Request) -> Sent:
    try:
        text = (await request.body()).decode("utf-8", "replace")
        return Sent(parse_qs(text, keep_blank_values=True, max_num_fields=MOST + 50))
    except ValueError as error:
        raise _unfit("number", f"choose {MOST:,} numbers at most") from error


Form = Annotated[Sent, Depends(_sent)]


def allowed(number: Mapping[str, Any]) -> list[Operation]:
    """The operations that the state of a number allows; more of it may still be refused."""
    return [
        one
        for one in FOR_ONE
        if number["status"] in one.leaves
        and (number["vendor"] != "AudioCodes" or "device" in one.takes)
        and (not number["online"] or "listed" in one.takes)
    ]


@router.post("/operations")
def change_numbers(visitor: Managing, request: Request, form: Form) -> Response:
    """What an operation would do to the numbers that were chosen, or has done to each of them."""
    name = form.one("operation") or ""
    chosen = _chosen(form.all("number"))
    outcome = carried_out(visitor.name, name, chosen, form)
    reasons = Counter(item.reason for item in outcome.items if item.outcome == "refused")
    values = {
        "outcome": outcome,
        "operation": OPERATIONS[name],
        "reasons": reasons.most_common(5),
        "kinds": len(reasons),
        "form": form,
        "shown": SHOWN,
    }
    answer = rendering.page(request, visitor, "outcome.html", **values)
    if not outcome.dry_run and outcome.changed:
        answer.headers["HX-Trigger-After-Settle"] = "changed-numbers"
    return answer


def _chosen(values: Sequence[str]) -> dict[str | None, list[str]]:
    """The numbers that were chosen, by their hierarchy node: each value is one and its node."""
    found: dict[str | None, list[str]] = {}
    for value in values:
        number, _, node = value.partition(" ")
        if not NUMBER.fullmatch(number) or not node:
            raise _unfit("number", f"{value[:40]!a} is no number at a node")
        found.setdefault(node, []).append(number)
    if not found:
        raise _unfit("number", "choose the numbers first, with the boxes before them")
    return found


def carried_out(username: str, name: str, chosen: Chosen, form: Sent) -> Outcome:
    """What became of each number, all of them in one transaction. Raises a problem for a form that
    cannot be used, and Changed where the version that it names is not that of the number any more.
    """
    if OPERATIONS.get(name) not in FOR_ONE:
        raise _unfit("operation", "choose what is to be done")
    bodies = [_body(name, numbers, node, form) for node, numbers in sorted(chosen.items(), key=str)]
    return _carry_out(username, name, bodies, form.one("version"))


@repeated
def _carry_out(username: str, name: str, bodies: Sequence[Asked], version: str | None) -> Outcome:
    done = Outcome(name, 0, 0, dry_run=bodies[0].dry_run)
    with sessions.writing(username) as session:
        for body in bodies:
            selection = asked_of(session, body, getattr(body, "hierarchy", None), version)
            one = CARRY_OUT[name](session, selection, body)
            done = replace(
                done,
                chosen=done.chosen + one.chosen,
                changed=done.changed + one.changed,
                refused=done.refused + one.refused,
                unchanged=done.unchanged + one.unchanged,
                items=done.items + [_where_it_is(item, body) for item in one.items],
            )
    return done


def _where_it_is(item: Item, body: Asked) -> Item:
    """An item at the node where its number is: that of a move which is tried names the other."""
    if isinstance(body, Move) and body.dry_run and item.outcome == "changed":
        return replace(item, hierarchy=body.hierarchy)
    return item


def _body(name: str, numbers: Sequence[str], node: str | None, form: Sent) -> Asked:
    """The body of the API's that a form stands for. Raises a problem, which names the field."""
    model = BODIES[name]
    given: dict[str, Any] = {"numbers": list(numbers), "hierarchy": node, "per_item": True}
    given["dry_run"] = form.one("dry_run") is not None
    if name == EDIT.name:
        given["texts"] = form.texts()
    for field in model.model_fields.keys() - given.keys():
        value = form.one(field)
        if value is not None:
            given[field] = int(value) if field == "days" and value.isdecimal() else value
    try:
        return model.model_validate(given)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        raise _unfit(" ".join(map(str, fault["loc"])), str(fault["msg"])) from error


def _unfit(field: str, why: str) -> Problem:
    detail = f"{field.replace('_', ' ').capitalize()}: {why}"
    return Problem(422, "invalid", "The form cannot be used as it is", detail)
