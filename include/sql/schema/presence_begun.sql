-- Who is new at an SBC: intervals are written in the order in which they begin.
CREATE INDEX presence_begun ON numbers.presence USING brin (online_from);
