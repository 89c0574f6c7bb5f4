-- What number management adds to a number: the subscriber that holds it, and ways to find it.
ALTER TABLE numbers.number ADD COLUMN subscriber text;

-- This prevents a subscriber of a number that nobody, or a device, holds.
ALTER TABLE numbers.number ADD CONSTRAINT number_subscriber_fits_status CHECK (
    subscriber IS NULL
    OR (
        subscriber <> ''
        AND status IN ('Used', 'Used-Utility')
        AND vendor IS DISTINCT FROM 'AudioCodes'
    )
);

-- The numbers of a node by status: lists of a node, and the next one that is available.
CREATE INDEX number_by_node ON numbers.number (hierarchy, status, internal_number)
INCLUDE (vendor, usage);

-- Numbers of a status anywhere; most are Used, and are found without it.
CREATE INDEX number_by_status ON numbers.number (status, internal_number, hierarchy)
WHERE status <> 'Used';

-- Numbers of a vendor anywhere; those of AudioCodes have an index of their own.
CREATE INDEX number_by_vendor ON numbers.number (vendor, internal_number, hierarchy)
WHERE vendor IS NOT NULL AND vendor <> 'AudioCodes';

-- Numbers by their last digits.
CREATE INDEX number_by_ending ON numbers.number (reverse(internal_number) COLLATE "C")
INCLUDE (internal_number, hierarchy);

-- True where one node is another, or lies below it; in the collation of the columns and indexes.
CREATE FUNCTION numbers.at_or_below(node text, top text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN node COLLATE "C" = top OR starts_with(node COLLATE "C", top || '.');

-- What is waiting for its release date, in the order of a list of it.
DROP INDEX numbers.number_release_date;
CREATE INDEX number_by_release_date ON numbers.number (release_date, internal_number, hierarchy)
WHERE release_date IS NOT NULL;

-- The numbers of a subscriber.
CREATE INDEX number_by_subscriber ON numbers.number (subscriber) WHERE subscriber IS NOT NULL;

-- What plans have found and changed nothing about.
CREATE INDEX plan_change_finding ON numbers.plan_change (plan_id)
WHERE kind IN ('conflict', 'ambiguous');

-- Who ended the value of a macro, by clearing it or by setting another one.
ALTER TABLE numbers.macro ADD COLUMN ended_by text;
