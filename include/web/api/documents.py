"""What the API answers, for its description; answers are written from rows as they are."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from include.inventory.guards import Hold, Verdict

PlanStatus = Literal["open", "applied", "withheld", "superseded"]
DecisionName = Literal["approved", "rejected"]
StatusName = Literal["Available", "Used", "Used-Utility", "Reserved", "Cooling"]


class Document(BaseModel):
    """A JSON object."""

    model_config = ConfigDict(extra="allow")


class NumberFields(Document):
    """The fields of a number that were asked for; extra1, extra2 and so on where they are set."""

    internal_number: str | None = None
    hierarchy: str | None = None
    status: StatusName | None = None
    usage: str | None = None
    vendor: str | None = None
    subscriber: str | None = None
    tag: str | None = None
    release_date: datetime | None = None
    description: str | None = None
    e164_number: str | None = None
    reservation_notes: str | None = None


class NumberPage(Document):
    """Some numbers, and the cursor of those that follow: null where there are none."""

    items: list[NumberFields]
    next: str | None


class Place(Document):
    """Where a number is registered now."""

    connection: str
    node: str | None
    ip_group: str | None
    aor: str
    user_agent: str | None
    active: bool
    since: datetime


class State(Document):
    """A side of a change."""

    status: str | None
    usage: str | None
    vendor: str | None


class Event(Document):
    """A change of a number."""

    as_of: datetime
    recorded_at: datetime
    cause: str
    actor: str
    dag_run: str | None
    hierarchy: str
    release_date: datetime | None
    before: State = Field(alias="from")
    after: State = Field(alias="to")


class NumberDocument(NumberFields):
    """A number: its fields, why it is so in a sentence, where it is online, and its history. The
    status of one that was deleted is null, and it has no version."""

    version: str | None
    why: str
    online: list[Place]
    history: list[Event]


class ItemDocument(Document):
    """What became of a number."""

    internal_number: str
    outcome: Literal["changed", "unchanged", "refused"]
    hierarchy: str | None
    status: StatusName | None
    vendor: str | None
    release_date: datetime | None
    reason: str | None


class OutcomeDocument(Document):
    """What an operation did. ``items`` are numbers that were refused, or each where it is asked."""

    operation: str
    chosen: int
    changed: int
    refused: int
    unchanged: int
    dry_run: bool
    items: list[ItemDocument]


class NodeFields(Document):
    """A hierarchy node."""

    hierarchy: str
    parent: str | None
    type: str
    description: str | None
    created_at: datetime
    created_by: str


class NodeDocument(NodeFields):
    """A hierarchy node and its version."""

    version: str


class NodePage(Document):
    """Some nodes, and the cursor of those that follow: null where there are none."""

    items: list[NodeFields]
    next: str | None


class MadeNodes(NodeDocument):
    """A node that was made, and which nodes were."""

    made: list[str]


class MacroInForce(Document):
    """A macro at a node. ``source`` is the node that it was set at; null is the default."""

    name: str
    hierarchy: str
    value: int
    unit: str
    source: str | None
    valid_from: datetime | None
    set_by: str | None


class MacroDocument(MacroInForce):
    """A macro at a node, and what it may be."""

    description: str
    default: int
    minimum: int
    maximum: int


class MacroList(Document):
    """Macros."""

    items: list[MacroDocument]


class PastValue(Document):
    """A value that a macro has had at a node; ``valid_to`` is null while it has it."""

    name: str
    hierarchy: str
    value: int
    valid_from: datetime
    valid_to: datetime | None
    set_by: str


class MacroHistory(Document):
    """Values of a macro, node by node, the newest first."""

    items: list[PastValue]


class LimitDocument(Document):
    """A user who is limited to a node."""

    username: str
    hierarchy: str
    set_by: str
    set_at: datetime


class LimitList(Document):
    """Users who are limited to a node; others see everything."""

    items: list[LimitDocument]


class HoldList(Document):
    """What is held."""

    items: list[Hold]


class PlanFields(Document):
    """A plan: its state, how many removals it wanted, and what was decided on it last."""

    plan: int
    connection: str
    as_of: datetime
    status: PlanStatus
    removals: int
    sha256: str
    applied_at: datetime | None
    decision: DecisionName | None
    decided_by: str | None
    decided_at: datetime | None
    purge: bool


class PlanPage(Document):
    """Some plans, and the cursor of those that follow: null where there are none."""

    items: list[PlanFields]
    next: str | None


class NodeCount(Document):
    """How many changes of a kind and a status a plan has at an SBC node."""

    node: str | None
    kind: str
    status: Literal["open", "applied", "withheld", "superseded", "reported"]
    numbers: int


class MadeDecision(Document):
    """What a person decided on a plan, on how much, and the plan that carried it out."""

    decision: DecisionName
    reason: str
    decided_by: str
    decided_at: datetime
    sha256: str
    withheld: int
    carried_out_by: int | None


class PlanDocument(Document):
    """A plan in figures, by kind and by SBC node: its changes, what of them is withheld, what it
    found and leaves; what the guard distrusts in it, what of its connection is held now, and what
    people decided on it, the newest last. A decision names its hash."""

    plan: int
    connection: str
    as_of: datetime
    status: PlanStatus
    sha256: str
    changes: dict[str, int]
    withheld: dict[str, int]
    findings: dict[str, int]
    nodes: list[NodeCount]
    verdicts: list[Verdict]
    holds: list[Hold]
    decisions: list[MadeDecision]


class AppliedDocument(Document):
    """The plan that carried an approval out, what it changed by kind, and what it withholds."""

    plan: int
    status: PlanStatus
    changed: dict[str, int]
    withheld: dict[str, int]


class RejectedDocument(Document):
    """The plan that was rejected."""

    plan: int
    decision: Literal["rejected"]


class ChangeDocument(Document):
    """What a plan wants of a number, or found and leaves as it is (reported)."""

    internal_number: str
    hierarchy: str
    kind: str
    status: str
    node: str | None
    aor: str | None
    from_status: str | None
    from_usage: str | None
    from_vendor: str | None
    to_status: str | None
    to_usage: str | None
    to_vendor: str | None
    release_date: datetime | None
    reason: str


class ChangeList(Document):
    """The changes of a plan."""

    plan: int
    items: list[ChangeDocument]


class ParameterDocument(Document):
    """What may be asked of a report."""

    name: str
    type: str
    help: str
    minimum: int | None
    maximum: int | None


class ReportDocument(Document):
    """A report that there is; with ``finding``, each of its rows is something to see to."""

    name: str
    description: str
    columns: list[str]
    parameters: list[ParameterDocument]
    finding: bool


class ReportList(Document):
    """The reports that there are."""

    items: list[ReportDocument]


class Fault(Document):
    """A place of a request that is not as it must be."""

    place: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None


class ProblemDocument(Document):
    """What went wrong (RFC 9457)."""

    type: str = Field(json_schema_extra={"format": "uri-reference"})
    title: str
    status: int
    detail: str | None = None
    instance: str = Field(json_schema_extra={"format": "uri-reference"})


class InvalidDocument(ProblemDocument):
    """A request that cannot be carried out as it is: where it is not as it must be."""

    errors: list[Fault] | None = None


class RefusedDocument(ProblemDocument):
    """What a rule forbids; where it is numbers that are refused, which, and why each."""

    chosen: int | None = None
    refused: int | None = None
    items: list[ItemDocument] | None = None
