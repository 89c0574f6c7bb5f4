"""Decisions on what is withheld: a person approves or rejects a plan, or proposes a purge."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from include.inventory import connections, decisions, purges
from include.inventory.database import repeated
from include.web.api import answers, idempotency, sessions
from include.web.api.access import Manager
from include.web.api.bodies import Decision, Proposal, Sent, accepts
from include.web.api.documents import AppliedDocument, PlanDocument, RejectedDocument
from include.web.api.idempotency import Answer, Key
from include.web.api.plans import EXAMPLE, PlanId, check, told

WHY: dict[str, Any] = {"reason": "the Leeds office has closed", "sha256": EXAMPLE["sha256"]}
REASON = "its registrations end, and 410 numbers begin to cool"
PURGE: dict[str, Any] = EXAMPLE | {
    "changes": {},
    "nodes": EXAMPLE["nodes"][1:],
    "verdicts": [
        EXAMPLE["verdicts"][0]
        | {"node": None, "rule": "purge", "reason": REASON, "clears": "a decision by a person"}
    ],
    "holds": [],
}

router = APIRouter(tags=["plans"])

Why = Annotated[Decision, Depends(Sent(Decision))]


@router.post(
    "/plans/{plan}/approve",
    operation_id="approve_plan",
    summary="Carry out what a plan withholds",
    responses=answers.describes(
        AppliedDocument,
        {"plan": 18, "status": "applied", "changed": {"cool": 408}, "withheld": {}},
        headers=answers.REPLAYED,
    ),
    openapi_extra=accepts(Decision, WHY),
)
@repeated
def approve_plan(
    user: Manager, request: Request, plan: PlanId, body: Why, key: Key = None
) -> Response:
    """Its holds end. Only what the plan showed and what is still true is done; where more is
    withheld by now, or the hash is another one, it is refused. A user who is limited to a node
    decides on plans all of which is at that node or below it.
    """
    with sessions.writing(user) as session:
        check(session, plan, wholly=True)

        def once() -> Answer:
            done = decisions.approve(
                session.db,
                plan,
                reason=body.reason,
                as_of=datetime.now(UTC),
                actor=session.actor,
                sha256=body.sha256,
            )
            # A number may have been moved since the plan was made.
            check(session, done.plan, wholly=True)
            return Answer(200, done)

        return idempotency.once(session, request, body, key, once)


@router.post(
    "/plans/{plan}/reject",
    operation_id="reject_plan",
    summary="Record that what a plan withholds is not to be done",
    responses=answers.describes(
        RejectedDocument, {"plan": 17, "decision": "rejected"}, headers=answers.REPLAYED
    ),
    openapi_extra=accepts(Decision, WHY | {"reason": "the SBC is being restarted"}),
)
@repeated
def reject_plan(
    user: Manager, request: Request, plan: PlanId, body: Why, key: Key = None
) -> Response:
    """Everything stays as it is, and what is withheld stays so. It may be approved later."""
    with sessions.writing(user) as session:
        check(session, plan, wholly=True)

        def once() -> Answer:
            decisions.reject(
                session.db,
                plan,
                reason=body.reason,
                as_of=datetime.now(UTC),
                actor=session.actor,
                sha256=body.sha256,
            )
            return Answer(200, {"plan": plan, "decision": "rejected"})

        return idempotency.once(session, request, body, key, once)


@router.post(
    "/connections/{connection}/purge",
    operation_id="propose_purge",
    summary="Propose to end all registrations of a connection",
    responses=answers.describes(PlanDocument, PURGE, headers=answers.REPLAYED),
    openapi_extra=accepts(Proposal, {}),
)
@repeated
def propose_purge(
    user: Manager,
    request: Request,
    connection: Annotated[connections.Name, Path(examples=["emea"])],
    body: Annotated[Proposal, Depends(Sent(Proposal))],
    key: Key = None,
) -> Response:
    """A plan that withholds all that it would do, and nothing else is changed: approve it, and its
    numbers begin to cool.
    """
    with sessions.writing(user) as session:
        connections.identify(session.db, connection, within=session.limit)

        def once() -> Answer:
            proposed = purges.propose(session.db, connection, as_of=datetime.now(UTC))
            check(session, proposed.plan, wholly=True)
            return Answer(200, told(session, proposed.plan))

        return idempotency.once(session, request, body, key, once)
