"""Who looks at a page, and what that person may do: a page offers nothing else."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from include.web.api.access import (
    ADMINISTRATORS,
    FORM,
    MANAGERS,
    READERS,
    Access,
    Allowed,
    Credentials,
    User,
)


@dataclass(frozen=True)
class Visitor:
    """A user of Airflow; ``manages`` numbers, ``administers`` macros."""

    name: str
    manages: bool
    administers: bool


@dataclass(frozen=True)
class Admitted:
    """A dependency: the visitor, who is of that kind; others are told that they may not."""

    access: Access

    async def __call__(self, request: Request, user: User, credentials: Credentials) -> Visitor:
        """The visitor. Raises a problem for a request that is not to be carried out."""
        name = await Allowed(self.access, media=FORM)(request, user, credentials)
        manages = await run_in_threadpool(MANAGERS.allows, user)
        administers = await run_in_threadpool(ADMINISTRATORS.allows, user)
        return Visitor(name, manages, administers)


Reading = Annotated[Visitor, Depends(Admitted(READERS))]
Managing = Annotated[Visitor, Depends(Admitted(MANAGERS))]
Administering = Annotated[Visitor, Depends(Admitted(ADMINISTRATORS))]
