"""The guard: whether a list may remove what a plan wants removed. Distrust mass disappearance."""

from collections.abc import Sequence
from dataclasses import dataclass

# More than this many numbers, and more than this share of the scope, at once.
NODE_LIMIT, NODE_SHARE = 10, 0.10
CONNECTION_LIMIT, CONNECTION_SHARE = 50, 0.05


@dataclass(frozen=True)
class Scope:
    """An SBC node, in numbers: what its list holds, what the inventory holds or lets cool.

    ``removed`` is what a plan wants to remove; it is part of ``held``. Numbers whose node nobody
    knows have the node ''.
    """

    node: str
    listed: int
    held: int
    removed: int
    cooling: int


@dataclass(frozen=True)
class Verdict:
    """A scope in which removals are withheld, and why. Node is None for the whole connection."""

    node: str | None
    reason: str


def judge(scopes: Sequence[Scope], *, listed_before: bool) -> list[Verdict]:
    """The scopes that a plan may not remove from; none where all is well.

    ``listed_before`` is whether the connection has ever listed a number: one that has, and lists
    none now, is distrusted, whoever else lists its numbers. The yardstick is what the inventory
    holds, so a shrinking source cannot shrink it.
    """
    whole = Scope(
        "",
        listed=sum(scope.listed for scope in scopes),
        held=sum(scope.held for scope in scopes),
        removed=sum(scope.removed for scope in scopes),
        cooling=sum(scope.cooling for scope in scopes),
    )
    if _dark(whole) or (listed_before and not whole.listed) or _emptied(whole, NODE_LIMIT):
        return [Verdict(None, f"the list has none of {whole.held + whole.cooling} numbers")]
    if _too_many(whole, CONNECTION_LIMIT, CONNECTION_SHARE):
        return [Verdict(None, f"{whole.removed} of {whole.held} numbers vanished at once")]
    nodes = [scope for scope in scopes if scope.node and scope.held + scope.cooling]
    failing = [
        scope
        for scope in nodes
        if _dark(scope) or _emptied(scope) or _too_many(scope, NODE_LIMIT, NODE_SHARE)
    ]
    if len(nodes) > 1 and len(failing) == len(nodes):
        return [Verdict(None, f"all {len(nodes)} SBC nodes lost numbers at once")]
    return [Verdict(scope.node, _reason(scope)) for scope in failing]


def _reason(scope: Scope) -> str:
    if _dark(scope):
        return f"{scope.node} lists none of its {scope.held + scope.cooling} numbers"
    return f"{scope.removed} of {scope.held} numbers of {scope.node} vanished at once"


def _dark(scope: Scope) -> bool:
    return not scope.listed and bool(scope.removed or scope.cooling)


def _emptied(scope: Scope, limit: int = 0) -> bool:
    return scope.removed > limit and scope.removed == scope.held


def _too_many(scope: Scope, limit: int, share: float) -> bool:
    return scope.removed > limit and scope.removed > share * scope.held
