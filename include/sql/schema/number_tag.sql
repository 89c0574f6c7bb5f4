-- Numbers by how their tag begins: few have one, nearly all of them while they cool.
CREATE INDEX number_by_tag ON numbers.number (tag COLLATE "C", internal_number, hierarchy)
WHERE tag IS NOT NULL;
