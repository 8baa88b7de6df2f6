CREATE TABLE _hidden (id INTEGER PRIMARY KEY);
CREATE TABLE posts (id INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY);
CREATE TABLE "no spaces" (id INTEGER PRIMARY KEY);
CREATE TABLE keyless (name TEXT);
CREATE TABLE two_keys (a INTEGER PRIMARY KEY, b TEXT PRIMARY KEY);
CREATE TABLE pair (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
CREATE TABLE other_id (nr INTEGER PRIMARY KEY, id TEXT);
CREATE TABLE twice (id INTEGER PRIMARY KEY, a TEXT, A TEXT);
CREATE TABLE strange (id REAL PRIMARY KEY);
CREATE TABLE unfinished (id INTEGER PRIMARY KEY,
-- expected
Line 1: the table "_hidden" cannot be made: names with "_" in front are the system's.
Line 2: there is a collection "posts" already.
Line 4: the table "no spaces" cannot be made: its name may have letters, digits and "_" only.
Line 5: the table "keyless" has no PRIMARY KEY; add one, such as id INTEGER PRIMARY KEY.
Line 6: the table "two_keys" has two keys.
Line 7: a key of several columns is not supported; name one, and make the others UNIQUE together.
Line 8: a column "id" that is not the key is not supported; call it otherwise.
Line 9: the column "A" is there twice.
Line 10: the key "id" must be INTEGER, BLOB or TEXT.
Line 11: the text ends where a column is expected.
