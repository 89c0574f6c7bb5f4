"""An inventory of millions of numbers, as an enterprise's provider has it, made in SQL.

Customers of ten sites each; a site has a block of numbers that follow each other, so that what lies
at a node lies together in the order of the numbers, far from the beginning or near it. Seven in ten
are Used, by devices and by subscribers of three vendors; a fifth is Available.
"""

from sqlalchemy import Connection, text

SITE_SIZE = 1700
NODE = "sys.hcs.reseller{}.customer{}.site{}"

NUMBERS = f"""
INSERT INTO numbers.number (
    internal_number, hierarchy, status, usage, vendor, subscriber, tag, release_date, e164_number
)
SELECT
    f.number,
    f.node,
    f.status,
    CASE f.status WHEN 'Used' THEN f.usage WHEN 'Used-Utility' THEN 'Hunt_Pilot' END,
    CASE f.status WHEN 'Used' THEN f.vendor END,
    CASE WHEN f.status = 'Used' AND f.vendor <> 'AudioCodes' THEN 'user' || f.i END,
    CASE f.status WHEN 'Cooling' THEN 'Cooling for 2 days' END,
    CASE f.status WHEN 'Cooling' THEN
        CAST('2026-11-25' AS timestamptz) + make_interval(hours => CAST(f.i % 48 AS integer)) END,
    f.number
FROM (
    SELECT
        i,
        '+4420' || lpad(CAST(i AS text), 8, '0') AS number,
        format(
            'sys.hcs.reseller%s.customer%s.site%s',
            i / {SITE_SIZE * 100}, i / {SITE_SIZE * 10}, i / {SITE_SIZE}
        ) AS node,
        CASE
            WHEN h < 20 THEN 'Available'
            WHEN h < 90 THEN 'Used'
            WHEN h < 93 THEN 'Used-Utility'
            WHEN h < 97 THEN 'Reserved'
            ELSE 'Cooling'
        END AS status,
        CASE WHEN h < 50 THEN 'Device' ELSE 'User' END AS usage,
        CASE
            WHEN h < 50 THEN 'AudioCodes'
            WHEN h < 75 THEN 'Microsoft'
            WHEN h < 88 THEN 'Webex Calling'
            ELSE 'Zoom'
        END AS vendor
    FROM (
        SELECT
            i,
            (i * CAST(2654435761 AS bigint) >> 12) % 100 AS h
        FROM generate_series(CAST(:first AS bigint), :last) AS i
    ) AS g
) AS f
"""


def fill(db: Connection, first: int, numbers: int) -> None:
    """Make so many numbers, from number i on, and the nodes that they are at."""
    db.execute(text(NUMBERS), {"first": first, "last": first + numbers - 1})


def number(index: int) -> str:
    """Number i of the inventory."""
    return f"+4420{index:08}"


def site(index: int) -> str:
    """The node of number i."""
    size = SITE_SIZE
    return NODE.format(index // (size * 100), index // (size * 10), index // size)
