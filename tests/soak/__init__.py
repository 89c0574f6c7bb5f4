"""Processes that do everything at once to one inventory, and a checker that nothing goes wrong.

**What is true** is written down by the soak itself, in a schema beside the inventory's: which phone
is registered at which SBC since when (``soak.phone``), and which phones each list was told of
(``soak.listed``). A registration that ends and begins again is another row. Lists are read off that
table, or are a fault of it: empty, one SBC dark, with phones that have gone, late, laid in twice.

**A number is wronged** where an event gives it away (assign, reserve, next available, mark utility,
move, delete) or makes it Available out of another state, although a phone is registered with it at
a related hierarchy node and a list that has this phone was *known to the statement that wrote the
event*. Statements that run at once have no order in time; what counts is what each could see. The
soak therefore has the database keep, beside each event, the snapshot of the statement that wrote
it (a column whose default is ``pg_current_snapshot()``), and beside each list the id of the
transaction that recorded it: ``pg_visible_in_snapshot`` says which lists an event must have
regarded. A list committed while a statement runs is not one of them: as if the statement had come
first. That is no blind spot for release, apply, audit, purge and approval: those wait for the lock
under which lists are recorded, before the statement begins. A phone counts only while it is
registered at the moment that the event is written; one that nobody has listed since it came is
known to nobody.

**Told and done agree**: each operation has an actor of its own, and what the caller was told (how
many numbers, which ones) is compared with the events under that name. None are left by what was
refused, or by the attempts that a deadlock ended.

**Chains**: each event of a number begins in the state and at the node that the last one ended in,
the last one is how the row is, and whatever is handed out was Available right before. Besides,
no digits stand at two related nodes, and no two intervals of presence overlap.

**Errors**: a refusal is an answer. A deadlock or a serialization failure is counted and the whole
transaction done again (``database.repeated``). Anything else ends the soak.

What the soak cannot see: an import that says a number is a subscriber's while a phone has it is
believed, as the domain has it, and reported as a conflict by the next plan.
"""
