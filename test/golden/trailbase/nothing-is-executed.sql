CREATE TABLE "x"; DROP TABLE posts; --" (id INTEGER PRIMARY KEY);
CREATE TABLE y (id INTEGER PRIMARY KEY, "a'; DROP TABLE posts; --" TEXT);
CREATE TABLE z (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x'); DELETE FROM posts;
-- expected
Line 1: ";" stands where "(" is expected.
Line 1: only CREATE statements are supported, not "DROP".
Line 2: the column "a'; DROP TABLE posts; --" cannot be made: its name may have letters, digits and "_" only.
Line 3: only CREATE statements are supported, not "DELETE".
