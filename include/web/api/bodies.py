"""What the API is sent: the body of each request, as it must be."""

from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, ValidationError

from include.inventory.operations import Operation
from include.inventory.pools import DAYS, MOST
from include.web.api.values import Days, Hierarchy, Instant, Name, NumberOrRange, Reason, Text

ENTRIES = 10_000
EXAMPLE_NUMBERS = ["+442079460100", "+442079460110-+442079460119"]
EXAMPLE_NODE = "sys.hcs.acme.london"


class Body(BaseModel):
    """A JSON object with the members that are named, and no others."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Asked(Body):
    """What every operation may be told."""

    reason: Text | None = Field(None, description="Why; the history keeps it.")
    dry_run: bool = Field(False, description="Change nothing; say what would be.")


class Numbers(Asked):
    """The numbers that an operation is for."""

    numbers: Annotated[list[NumberOrRange], Field(min_length=1, max_length=ENTRIES)] = Field(
        description="Numbers, and ranges FIRST-LAST with both ends.", examples=[EXAMPLE_NUMBERS]
    )
    hierarchy: Hierarchy | None = Field(
        None, description="Look for them at this node, above it and below it."
    )
    per_item: bool = Field(
        False, description="Change each number that can be, and tell what became of each."
    )


class Add(Numbers):
    """Numbers that are to be at a node."""

    hierarchy: Hierarchy = Field(description="The node that they will be at.")
    description: Text | None = None


class Delete(Numbers):
    """Numbers that are to be deleted."""


class Assign(Numbers):
    """Numbers for a subscriber."""

    vendor: Name | None = Field(None, examples=["Cisco"])
    usage: Name = Field("User", examples=["User"])
    subscriber: Text | None = Field(None, examples=["j.doe"])


class Unassign(Numbers):
    """Numbers that nobody has any more."""


class MarkUtility(Numbers):
    """Numbers for a pilot, port or park."""

    usage: Name = Field(examples=["Hunt_Pilot"])
    subscriber: Text | None = Field(None, examples=["Sales"])


class Reserve(Numbers):
    """Numbers that are set aside."""

    days: Days | None = Field(None, description="Of 24 hours; null is until it is ended.")
    notes: Text | None = Field(None, examples=["for the new branch"])


class Unreserve(Numbers):
    """Numbers whose reservation is over."""


class Cool(Numbers):
    """Numbers that are to age."""

    days: Days | None = Field(None, description="Of 24 hours; null is as the node's macro says.")


class EndCooling(Numbers):
    """Numbers that have aged enough."""


class Move(Numbers):
    """Numbers that are to be at another node."""

    to_hierarchy: Hierarchy


TextName = Annotated[
    str, StringConstraints(pattern=r"^(?:description|e164_number|extra[1-9][0-9]{0,3})$")
]


class Texts(RootModel[Annotated[dict[TextName, Text | None], Field(min_length=1)]]):
    """Texts of a number by their names; null or blank clears one, what is not named stays."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        json_schema_extra={
            "additionalProperties": False,
            "examples": [{"description": "Reception", "extra1": "floor 3"}],
        },
    )


class Edit(Numbers):
    """Numbers and the texts that they get."""

    texts: Texts


class Holder(Body):
    """Who gets the numbers."""

    vendor: Name | None = Field(None, examples=["Cisco"])
    usage: Name = Field("User", examples=["User"])
    subscriber: Text | None = Field(None, examples=["j.doe"])


class NextAvailable(Asked):
    """How many numbers of which kind, and for whom."""

    hierarchy: Hierarchy = Field(description="They come from it, or the nearest node above it.")
    count: Annotated[int, Field(ge=1, le=MOST)] = 1
    consecutive: bool = Field(False, description="They follow each other.")
    prefix: Annotated[str, StringConstraints(pattern=r"^\+?[0-9*#]{0,15}$")] = ""
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = Field(
        None, examples=["GB"]
    )
    below: bool = Field(False, description="From nodes below it as well.")
    days: Days | None = Field(DAYS, description="How long they are reserved; null is for good.")
    notes: Text | None = None
    holder: Holder | None = Field(None, description="Who gets them at once; null reserves them.")


BODIES: dict[str, type[Asked]] = {
    "add": Add,
    "delete": Delete,
    "assign": Assign,
    "unassign": Unassign,
    "mark-utility": MarkUtility,
    "reserve": Reserve,
    "unreserve": Unreserve,
    "cool": Cool,
    "end-cooling": EndCooling,
    "move": Move,
    "edit": Edit,
    "next-available": NextAvailable,
}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "add": {"description": "block of 2026"},
    "assign": {"vendor": "Cisco", "usage": "User", "subscriber": "j.doe"},
    "mark-utility": {"usage": "Hunt_Pilot", "subscriber": "Sales"},
    "reserve": {"days": 14, "notes": "for the new branch"},
    "cool": {"days": 30},
    "move": {"to_hierarchy": "sys.hcs.acme.leeds"},
    "edit": {"texts": {"description": "Reception"}},
    "next-available": {"count": 5, "consecutive": True, "country": "GB", "days": 7},
}


def example(operation: Operation) -> dict[str, Any]:
    """A request for an operation."""
    base: dict[str, Any] = {"hierarchy": EXAMPLE_NODE, "reason": "ticket 4711"}
    if issubclass(BODIES[operation.name], Numbers):
        base["numbers"] = EXAMPLE_NUMBERS
    return base | _EXAMPLES.get(operation.name, {})


NodeType = Literal["provider", "reseller", "customer", "intermediate", "site"]


class NewNode(Body):
    """A node that is to be made; those above it that are missing are made with it."""

    hierarchy: Hierarchy
    type: NodeType = "intermediate"
    description: Text | None = None


class NodeChange(Body):
    """What a node is to be; what is not named stays, a description that is null is cleared."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    type: NodeType = "intermediate"
    description: Text | None = None


class MacroValue(Body):
    """The value that a macro is to have at a node, from an instant on: now, by default."""

    hierarchy: Hierarchy
    value: Annotated[int, Field(ge=-999_999_999, le=999_999_999, examples=[3])]
    valid_from: Instant | None = None


class UserLimit(Body):
    """The node that a user is to be limited to."""

    hierarchy: Hierarchy


class Decision(Body):
    """Why a plan is approved or rejected, and which one was looked at."""

    reason: Reason = Field(description="Why; it is kept as history.")
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="The hash of the plan as it was shown."
    )


class Proposal(Body):
    """Nothing besides: a purge is proposed of all that there is at the connection now."""


M = TypeVar("M", bound=BaseModel)
DESCRIBED: dict[str, type[BaseModel]] = {}


class Sent(Generic[M]):
    """A dependency: the JSON body of a request, read once its user is known."""

    def __init__(self, model: type[M]) -> None:
        self.model = model

    async def __call__(self, request: Request) -> M:
        """The body as its model has it. Raises what becomes a 422."""
        try:
            return self.model.model_validate_json(await request.body())
        except ValidationError as error:
            raise RequestValidationError(
                [
                    {"loc": ("body", *one["loc"]), "msg": one["msg"]}
                    for one in error.errors(include_url=False, include_input=False)
                ]
            ) from error


def accepts(model: type[BaseModel], example: Any) -> dict[str, Any]:
    """What the description of a route says of its body."""
    DESCRIBED[model.__name__] = model
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}
