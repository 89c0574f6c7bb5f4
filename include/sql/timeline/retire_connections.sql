-- Record which connections are configured no longer. Their numbers stay as they are.
-- One row per connection that has gone from the configuration.
UPDATE numbers.connection
SET configured = FALSE
WHERE configured AND name <> all(CAST(:names AS text[]))
