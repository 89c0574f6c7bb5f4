-- By which rules a list was read: a hash, '' where that is not known.
ALTER TABLE numbers.snapshot ADD COLUMN rules_sha256 text NOT NULL DEFAULT '';

-- A list that was read by other rules than the last one that was believed is distrusted.
ALTER TABLE numbers.verdict
DROP CONSTRAINT verdict_rule_is_known,
ADD CONSTRAINT verdict_rule_is_known CHECK (
    rule IN (
        'empty list', 'stale list', 'changed rules', 'all vanished', 'threshold', 'overall',
        'all nodes', 'missing node', 'purge'
    )
);
