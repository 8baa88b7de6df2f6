PRAGMA foreign_keys = ON;
ATTACH 'x.db' AS other;
INSERT INTO people VALUES (1);
DROP TABLE people;
CREATE TRIGGER t AFTER INSERT ON people BEGIN DELETE FROM people; SELECT 1; END;
CREATE VIRTUAL TABLE v USING fts5(a);
CREATE TEMP TABLE x (id INTEGER PRIMARY KEY);
CREATE TABLE copy AS SELECT * FROM people;
CREATE TABLE main.x (id INTEGER PRIMARY KEY);
-- expected
Line 1: only CREATE statements are supported, not "PRAGMA".
Line 2: only CREATE statements are supported, not "ATTACH".
Line 3: only CREATE statements are supported, not "INSERT".
Line 4: only CREATE statements are supported, not "DROP".
Line 5: CREATE "TRIGGER" is not supported; tables, indexes and views are.
Line 6: CREATE "VIRTUAL" is not supported; tables, indexes and views are.
Line 7: CREATE "TEMP" is not supported; tables, indexes and views are.
Line 8: CREATE TABLE … AS SELECT is not supported.
Line 9: the name of a database is not supported.
