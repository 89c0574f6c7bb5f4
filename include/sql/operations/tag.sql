-- What the tag of a number says that cools for some days.
-- One row.
SELECT numbers.cooling_tag(:days, CAST(:until AS timestamptz))
