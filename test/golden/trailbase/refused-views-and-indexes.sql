CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT CHECK (is_json(b)), _c TEXT);
CREATE VIEW v1 AS SELECT a FROM t;
CREATE VIEW v2 AS SELECT id, lower(a) AS a FROM t;
CREATE VIEW v3 AS SELECT id FROM t, posts;
CREATE VIEW v4 AS SELECT id FROM t WHERE b = '{}';
CREATE VIEW v5 AS SELECT id, _c FROM t;
CREATE VIEW v6 AS SELECT id FROM posts;
CREATE VIEW t AS SELECT id FROM t;
CREATE VIEW v7 AS SELECT id FROM t WHERE a = _USER_.id;
CREATE INDEX i1 ON t (nope);
CREATE INDEX i2 ON t (a) WHERE a LIKE 'x';
CREATE INDEX i3 ON posts (title);
-- expected
Line 2: the view "v1" has to have the key of its table, "id".
Line 3: a view has columns of its table only.
Line 4: a view over more than one table is not supported.
Line 5: the two sides are of types that cannot be compared here.
Line 6: the column "_c" is write-only and cannot be in a view.
Line 7: the view is over the table "posts", which is not made here.
Line 8: there is a table or view "t" already.
Line 9: _USER_ means nothing in a view.
Line 10: the table "t" has no column "nope".
Line 11: a condition of an index compares columns with literals.
Line 12: the index is over the table "posts", which is not made here.
