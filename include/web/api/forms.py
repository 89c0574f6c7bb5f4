"""The forms in which a list is answered, and which of them a client wants: JSON, CSV, NDJSON."""

from typing import Annotated, Literal

from fastapi import Depends, Header, Query

from include.web.api.problems import Problem

Form = Literal["json", "csv", "ndjson"]
MEDIA: dict[Form, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
}


def _form(
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
    chosen: Annotated[
        Form | None, Query(alias="format", description="Before the header Accept.")
    ] = None,
) -> Form:
    """The form that is asked for by ``format``, else by Accept; 406 where it is none of them."""
    if chosen is not None or accept is None:
        return chosen or "json"
    weights = {form: _weight(accept, media) for form, media in MEDIA.items()}
    best = max(weights, key=lambda form: weights[form])
    if not weights[best]:
        detail = f"There are {', '.join(MEDIA.values())}"
        raise Problem(406, "not-acceptable", "It is not there in such a form", detail)
    return best


def _weight(accept: str, media: str) -> float:
    """How much a type is wanted, by the range in Accept that fits it best: 0 where none does."""
    ranks = {media: 2, f"{media.split('/', maxsplit=1)[0]}/*": 1, "*/*": 0}
    found = []
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name in ranks:
            found.append((ranks[name], _quality(parameters)))
    return max(found)[1] if found else 0.0


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


Wanted = Annotated[Form, Depends(_form)]
