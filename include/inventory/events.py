"""Events: every change of a number says who made it, and in which run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """Who or what changes the inventory: a user or a job, and the DAG run where there is one."""

    name: str
    dag_run: str | None = None

    def binds(self) -> dict[str, str | None]:
        """What the statements that write events ask for."""
        return {"actor": self.name, "dag_run": self.dag_run}
