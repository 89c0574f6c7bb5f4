"""Bugs that would free a number in use, or take one that is not free: planted one at a time.

Each is one replacement in one file, and names the tests that must fail because of it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A named bug: ``old`` stands exactly once in ``file`` and is replaced by ``new``."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def _sql(name: str) -> str:
    return f"include/sql/{name}.sql"


GUARDS, DECISIONS = "tests/integration/test_guards.py", "tests/integration/test_decisions.py"
PLANS, RELEASES = "tests/integration/test_plans.py", "tests/integration/test_releases.py"
INVARIANT, LIFECYCLE = "tests/integration/test_invariant.py", "tests/integration/test_lifecycle.py"
PEOPLE, POOLS = "tests/integration/test_people_and_devices.py", "tests/integration/test_pools.py"
TIMELINE = "tests/integration/test_timeline.py"
BLIND, MACROS = "tests/integration/test_blind_spots.py", "tests/integration/test_macros.py"
REVIEW, PURGE = "tests/dags/test_review.py", "tests/dags/test_purge.py"
MACRO = "tests/dags/test_macro.py"
CHANGED_RULES = "tests/integration/test_changed_rules.py"

MUTANTS = (
    Mutant(
        "a threshold that is off by one",
        _sql("guard/verdicts"),
        "n.removed + n.vanished > n.most)",
        "n.removed + n.vanished > n.most + 1)",
        (GUARDS,),
    ),
    Mutant(
        "who came from another SBC counted as held",
        _sql("guard/verdicts"),
        "greatest(s.held - s.roaming, s.removed) AS held",
        "s.held",
        (BLIND,),
    ),
    Mutant(
        "what a changed rule makes vanish believed",
        _sql("guard/verdicts"),
        "WHEN w.reread THEN 'changed rules'",
        "WHEN FALSE THEN 'changed rules'",
        (CHANGED_RULES,),
    ),
    Mutant(
        "changed rules believed as long as nothing is missing",
        _sql("guard/verdicts"),
        "WHEN w.reread THEN 'changed rules'\n            WHEN w.removed = 0 THEN NULL\n",
        "WHEN w.removed = 0 THEN NULL\n            WHEN w.reread THEN 'changed rules'\n",
        (CHANGED_RULES,),
    ),
    Mutant(
        "changed rules believed with the second list",
        _sql("guard/verdicts"),
        "v.rule IN ('empty list', 'changed rules')",
        "v.rule = 'empty list'",
        (CHANGED_RULES,),
    ),
    Mutant(
        "changed rules believed with an empty list",
        _sql("guard/verdicts"),
        "v.rule IN ('empty list', 'changed rules')",
        "v.rule = 'changed rules'",
        (CHANGED_RULES,),
    ),
    Mutant(
        "an approval accepts rules that nobody was shown",
        _sql("guard/verdicts"),
        "AND q.rules_sha256 = b.rules_sha256\n",
        "\n",
        (CHANGED_RULES,),
    ),
    Mutant(
        "an approval of what vanished before accepts changed rules",
        _sql("decisions/wider_holds"),
        "h.rule <> 'changed rules'\n",
        "TRUE\n",
        (CHANGED_RULES,),
    ),
    Mutant(
        "an approval of changed rules accepts those that were changed again",
        _sql("decisions/wider_holds"),
        "ON s.rules_sha256 = q.rules_sha256\n",
        "ON TRUE\n",
        (CHANGED_RULES,),
    ),
    Mutant(
        "a claim of an audit dated before the list that it rests on",
        "include/inventory/plans.py",
        "instant = max(as_of, newest.as_of)",
        "instant = as_of",
        (BLIND,),
    ),
    Mutant(
        "a dead SBC kept alive by who is spared",
        "include/inventory/timeline.py",
        "elsewhere=[key for key, is_there in spared.items() if not is_there]",
        "elsewhere=[]",
        (BLIND,),
    ),
    Mutant(
        "the share of a threshold forgotten",
        _sql("guard/verdicts"),
        "greatest(s.numbers, floor(s.percent * (s.held + s.vanished) / 100.0)) AS most",
        "greatest(s.numbers, s.held) AS most",
        (GUARDS,),
    ),
    Mutant(
        "an empty list believed",
        _sql("guard/verdicts"),
        "WHEN w.listed = 0 AND (w.removed + w.cooling > 0 OR w.listed_before) THEN 'empty list'",
        "WHEN FALSE THEN 'empty list'",
        (GUARDS,),
    ),
    Mutant(
        "a dark node believed where others list its numbers",
        _sql("guard/verdicts"),
        "(n.dark OR n.removed + n.cooling > 0)",
        "n.removed + n.cooling > 0",
        (GUARDS,),
    ),
    Mutant(
        "losses of many connections not added up",
        _sql("guard/verdicts"),
        "WHEN o.removed > o.most THEN 'overall'",
        "WHEN FALSE THEN 'overall'",
        (GUARDS,),
    ),
    Mutant(
        "presence in the last connection instead of in any",
        _sql("plan/removals"),
        "                AND p.internal_number = n.internal_number\n",
        "                AND p.internal_number = n.internal_number\n"
        "                AND l.connection_id = :connection_id\n",
        (PLANS, INVARIANT),
    ),
    Mutant(
        "the second list in a row not waited for",
        _sql("guard/missed"),
        "k.missed < k.lists",
        "k.missed < 1",
        (GUARDS,),
    ),
    Mutant(
        "what lists lacked in a hold counted as missed",
        _sql("guard/missed"),
        "s.as_of >= greatest(w.lost_at, u.until)",
        "s.as_of >= w.lost_at",
        (BLIND,),
    ),
    Mutant(
        "the release date pushed out by each list",
        _sql("plan/removals"),
        "THEN greatest(max(h.online_to), h.imported_at)",
        "THEN CAST(:snapshot_as_of AS timestamptz)",
        (INVARIANT, PLANS),
    ),
    Mutant(
        "removals in another connection's hold made",
        _sql("guard/withhold"),
        "                h.until IS NULL\n",
        "                h.until IS NULL\n                AND FALSE\n",
        (INVARIANT, DECISIONS),
    ),
    Mutant(
        "a hold ended by any list",
        _sql("guard/end_holds"),
        "    AND NOT EXISTS (\n",
        "    AND TRUE OR NOT EXISTS (\n",
        (GUARDS, PLANS, RELEASES),
    ),
    Mutant(
        "a release without evidence",
        _sql("schema/due_number"),
        "OR greatest(e.ready_at, e.rested_at) > least(e.read_at, f.until)",
        "OR FALSE",
        (RELEASES, DECISIONS),
    ),
    Mutant(
        "evidence asked of those only that listed it",
        _sql("schema/due_number"),
        "OR greatest(e.ready_at, e.rested_at) > least(e.read_at, f.until)",
        "OR greatest(e.ready_at, e.rested_at) > e.read_at",
        (BLIND,),
    ),
    Mutant(
        "a release in a hold",
        _sql("schema/due_number"),
        "        WHEN f.distrusted OR e.distrusted THEN 'in a hold'\n",
        "        WHEN FALSE THEN 'in a hold'\n",
        (RELEASES, DECISIONS),
    ),
    Mutant(
        "what a device had and no list ever did, released without evidence",
        _sql("schema/due_number"),
        "            AND e.from_vendor = 'AudioCodes'\n",
        "            AND e.from_vendor = 'nobody'\n",
        (RELEASES,),
    ),
    Mutant(
        "what cooled before a hold released by its first list",
        _sql("schema/due_number"),
        "        WHERE e.hierarchy IN (o.hierarchy, o.seen_at) AND e.until > o.lost_at\n",
        "        WHERE FALSE\n",
        (BLIND,),
    ),
    Mutant(
        "a whole number freed at one site while it is listed at another",
        _sql("plan/removals"),
        "numbers.same_number(n.internal_number, l.hierarchy, n.hierarchy)",
        "numbers.related(l.hierarchy, n.hierarchy)",
        (BLIND,),
    ),
    Mutant(
        "a hold of the SBC that had a whole number at another node not asked for",
        _sql("schema/due_number"),
        "WHEN f.distrusted OR e.distrusted THEN",
        "WHEN f.distrusted THEN",
        (BLIND,),
    ),
    Mutant(
        "a node without a name not guarded",
        _sql("guard/verdicts"),
        "INNER JOIN limits AS l ON s.node = l.node\n",
        "INNER JOIN limits AS l ON s.node = l.node AND s.node <> ''\n",
        (GUARDS, BLIND),
    ),
    Mutant(
        "an approval accepts what is read after it",
        _sql("schema/accepted_at"),
        "SELECT max(s.as_of)",
        "SELECT max(d.as_of)",
        (BLIND,),
    ),
    Mutant(
        "a number away before everything has been read",
        _sql("plan/removals"),
        "            k.all_read_at,\n",
        "",
        (BLIND,),
    ),
    Mutant(
        "what a device had given away in an outage",
        _sql("schema/judging"),
        "WHERE s.connection_id = c.connection_id AND s.as_of >= r.until",
        "WHERE s.connection_id = c.connection_id",
        (BLIND, INVARIANT),
    ),
    Mutant(
        "what was lost in a hold given away right after it",
        _sql("schema/judging"),
        "                            h.until > l.lost_at\n",
        "                            FALSE\n",
        (BLIND,),
    ),
    Mutant(
        "a late list that nobody judged taken for the one before",
        _sql("guard/scopes"),
        "WHERE a.snapshot_id = b.snapshot_id",
        "WHERE TRUE",
        (BLIND,),
    ),
    Mutant(
        "a list that was not believed taken for the one before",
        _sql("guard/scopes"),
        "AND v.rule IN ('empty list', 'all nodes')",
        "AND FALSE",
        (BLIND,),
    ),
    Mutant(
        "a slow death not added up",
        _sql("guard/scopes"),
        "        AND p.removed > 0\n",
        "        AND FALSE\n",
        (BLIND,),
    ),
    Mutant(
        "what no list ever had removed at once",
        _sql("guard/verdicts"),
        "WHEN w.removed > w.most OR w.removed - w.listed_once > w.few THEN 'threshold'",
        "WHEN w.removed > w.most THEN 'threshold'",
        (BLIND,),
    ),
    Mutant(
        "a whole hold that leaves the node of its connection",
        _sql("schema/judging"),
        "WHERE h.connection_id = c.connection_id AND h.until IS NULL AND h.node IS NULL",
        "WHERE FALSE",
        (BLIND,),
    ),
    Mutant(
        "an approval of the whole ends what is held since",
        _sql("decisions/wider_holds"),
        "                OR (v.node IS NULL AND h.since <= p.as_of)\n",
        "                OR v.node IS NULL\n",
        (DECISIONS,),
    ),
    Mutant(
        "a release of what is online",
        _sql("schema/due_number"),
        "        WHEN e.online THEN 'online'\n",
        "        WHEN FALSE THEN 'online'\n",
        (RELEASES,),
    ),
    Mutant(
        "an approval that is not bound to what was shown",
        "include/inventory/decisions.py",
        "    if more:\n",
        "    if more and False:\n",
        (DECISIONS,),
    ),
    Mutant(
        "an approval that takes everything",
        "include/inventory/plans.py",
        "    if approved is not None:\n",
        "    if approved is None:\n",
        (DECISIONS,),
    ),
    Mutant(
        "an approval that frees at once",
        "include/inventory/plans.py",
        "    _difference(db, scope, at_once=False)\n",
        "    _difference(db, scope, at_once=True)\n",
        (RELEASES, DECISIONS),
    ),
    Mutant(
        "the end of a hold by an approval dated back",
        "include/inventory/decisions.py",
        'binds | {"as_of": as_of, "ended_by": ended_by}',
        'binds | {"as_of": as_of.replace(year=2000), "ended_by": ended_by}',
        (BLIND,),
    ),
    Mutant(
        "the vendor left on a cooling number",
        _sql("apply/change"),
        "        vendor = w.to_vendor,\n",
        "        vendor = coalesce(w.to_vendor, n.vendor),\n",
        (LIFECYCLE, PLANS),
    ),
    Mutant(
        "an update that does not look at what it changes",
        _sql("apply/change"),
        "        AND n.vendor IS NOT DISTINCT FROM w.from_vendor\n",
        "",
        (PLANS, DECISIONS),
    ),
    Mutant(
        "a plan applied over a newer list",
        "include/inventory/plans.py",
        'if plan.status == "superseded" or plan.outdated:',
        'if plan.status == "superseded":',
        (PLANS,),
    ),
    Mutant(
        "a removal that does not look again who is online",
        _sql("apply/wanted"),
        "        c.to_status = 'Used'\n",
        "        TRUE\n",
        (PLANS,),
    ),
    Mutant(
        "a late list taken for the newest",
        "include/inventory/timeline.py",
        'late = "" if following is None else "_late"',
        'late = ""',
        (TIMELINE,),
    ),
    Mutant(
        "a number assigned that a device is listed with",
        _sql("schema/judging"),
        "        WHEN n.online AND 'listed' <> ALL(takes) THEN 'listed'\n",
        "",
        (PEOPLE, INVARIANT),
    ),
    Mutant(
        "a number assigned that a distrusted list had",
        _sql("schema/judging"),
        "        WHEN n.held AND NOT n.online AND 'distrusted' <> ALL(takes) THEN 'distrusted'\n",
        "",
        (PEOPLE, INVARIANT),
    ),
    Mutant(
        "a whole number that is a subscriber's given to another one",
        _sql("schema/judging"),
        "                AND n.status <> 'Available'\n",
        "                AND FALSE\n",
        (BLIND,),
    ),
    Mutant(
        "a whole number taken at two nodes at once",
        "include/inventory/pools.py",
        "    _lock_elsewhere(db, items)\n",
        "",
        (POOLS,),
    ),
    Mutant(
        "a person ends cooling where nobody looks",
        _sql("schema/judging"),
        "            n.status = 'Cooling'\n            AND NOT n.online\n",
        "            FALSE\n            AND NOT n.online\n",
        (BLIND,),
    ),
    Mutant(
        "an approval that removes what nobody was shown",
        _sql("apply/wanted"),
        "    AND (c.to_status = 'Used' OR NOT :claims_only)\n",
        "",
        (DECISIONS,),
    ),
    Mutant(
        "who was claimed since a hold began counted as held",
        _sql("guard/scopes"),
        "    WHERE h.connection_id = :connection_id AND h.until IS NULL\n),\n",
        "    WHERE FALSE\n),\n",
        (BLIND,),
    ),
    Mutant(
        "who came back from cooling since a hold began counted as held",
        _sql("guard/scopes"),
        "            AND e.from_vendor IS DISTINCT FROM 'AudioCodes'\n",
        "            AND e.from_vendor IS DISTINCT FROM 'AudioCodes'\n"
        "            AND e.from_status IS DISTINCT FROM 'Cooling'\n",
        (BLIND,),
    ),
    Mutant(
        "a stranger that is not active counted as held",
        _sql("guard/scopes"),
        "        l.connection_id = :connection_id\n        AND NOT EXISTS (\n",
        "        l.connection_id = :connection_id\n"
        "        AND c.active\n        AND NOT EXISTS (\n",
        (BLIND,),
    ),
    Mutant(
        "a number lost at two SBCs counted at one of them",
        _sql("guard/scopes"),
        "    WHERE g.is_last\n",
        "    WHERE g.is_last AND g.node IS NOT DISTINCT FROM g.counted_at\n",
        (BLIND,),
    ),
    Mutant(
        "an approval accepts that a node is dark which is back",
        _sql("schema/accepted_at"),
        "ELSE NOT s.node_counts ? scope END",
        "ELSE TRUE END",
        (BLIND,),
    ),
    Mutant(
        "an absence confirmed by a list that nobody judged",
        _sql("schema/absent_from"),
        "WHERE a.snapshot_id = s.snapshot_id",
        "WHERE TRUE",
        (BLIND,),
    ),
    Mutant(
        "a release confirmed by a connection that never had anybody",
        _sql("schema/due_number"),
        "CASE WHEN bool_or(s.registered_users > 0) THEN max(s.as_of) ELSE '-infinity' END",
        "coalesce(max(s.as_of), '-infinity')",
        (BLIND,),
    ),
    Mutant(
        "a release that waits for no connection whose sites lie elsewhere",
        _sql("schema/due_number"),
        "WHERE c.asked AND numbers.could_have(c.connection_id, NULL, h.hierarchy)",
        "INNER JOIN numbers.connection AS o ON c.connection_id = o.connection_id\n"
        "            WHERE c.asked AND numbers.related(o.hierarchy, h.hierarchy)",
        (BLIND,),
    ),
    Mutant(
        "a release that waits for no connection that was taken out",
        _sql("schema/due_number"),
        "c.configured OR bool_or(s.registered_users > 0) IS TRUE AS asked",
        "c.configured AS asked",
        (BLIND,),
    ),
    Mutant(
        "a release that waits for nobody where a whole number was listed",
        _sql("schema/due_number"),
        "least(min(c.read_at), min(s.until)) AS read_at",
        "min(c.read_at) AS read_at",
        (BLIND,),
    ),
    Mutant(
        "a first reading that nobody judged",
        _sql("plan/removals"),
        "numbers.absent_from(c.connection_id, min(s.as_of)) AS first_read_at",
        "min(s.as_of) AS first_read_at",
        (BLIND,),
    ),
    Mutant(
        "a whole number freed at once that was listed elsewhere",
        _sql("plan/removals"),
        " AND NOT f.listed_elsewhere\n",
        "\n",
        (BLIND,),
    ),
    Mutant(
        "given up by lists of a connection that never had anybody",
        _sql("schema/judging"),
        "s.connection_id = c.connection_id AND s.registered_users > 0",
        "s.connection_id = c.connection_id",
        (BLIND,),
    ),
    Mutant(
        "given up without asking a connection that was taken out",
        _sql("schema/judging"),
        "                        c.purged_at IS NULL\n                        AND (\n",
        "                        c.configured\n                        AND (\n",
        (BLIND,),
    ),
    Mutant(
        "an approval dated before its plan",
        "include/inventory/decisions.py",
        "    if as_of < plan.as_of:\n",
        "    if False:\n",
        (DECISIONS,),
    ),
    Mutant(
        "a macro dated back before a list that was judged",
        "include/inventory/macros.py",
        "    if read is not None and start < read:\n",
        "    if False:\n",
        (MACROS,),
    ),
    Mutant(
        "a macro dated back before a list of a connection below it",
        _sql("macros/newest_list"),
        "numbers.could_have(c.connection_id, NULL, :hierarchy)",
        "numbers.at_or_below(:hierarchy, c.hierarchy)",
        (MACROS,),
    ),
    Mutant(
        "a review that does not ask for a person's limit",
        "dags/review_audiocodes.py",
        '        limits.check_plan(db, person, shown["plan"])\n',
        "",
        (REVIEW,),
    ),
    Mutant(
        "a review that does not ask for the limit of what it does",
        "dags/review_audiocodes.py",
        "            limits.check_plan(db, person, done.plan)",
        "            pass",
        (REVIEW,),
    ),
    Mutant(
        "a macro set outside of a person's limit",
        "dags/set_macro.py",
        '            limits.check_node(db, person, params["hierarchy"])\n',
        "            pass\n",
        (MACRO,),
    ),
    Mutant(
        "a purge approved outside of a person's limit",
        "include/inventory/limits.py",
        "    if limit is not None and not plans.lies_within(",
        '    if limit == "" and not plans.lies_within(',
        (PURGE,),
    ),
)
