CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES nowhere(id));
CREATE TABLE c (id INTEGER PRIMARY KEY, b INTEGER REFERENCES a(b), p TEXT REFERENCES _superusers(id));
-- expected
Line 1: there is no table "nowhere" to refer to.
Line 2: a reference is to the key of the other table, which is "id", not to "b".
