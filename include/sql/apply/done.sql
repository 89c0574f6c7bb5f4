-- Make the list of the changes that were made.
-- One row of it is one change of a plan.
CREATE TEMPORARY TABLE done (change_id bigint PRIMARY KEY) ON COMMIT DROP
