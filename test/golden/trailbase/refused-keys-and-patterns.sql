CREATE TABLE a (id INTEGER PRIMARY KEY REFERENCES a(id));
CREATE TABLE b (id BLOB PRIMARY KEY DEFAULT (uuid_v7()) REFERENCES _user);
CREATE TABLE c (id TEXT PRIMARY KEY REFERENCES posts CHECK (length(id) > 3));
CREATE TABLE d (id INTEGER PRIMARY KEY, n INTEGER CHECK (n REGEXP '1'), t TEXT CHECK (t NOT REGEXP 'a'));
CREATE TABLE e (id INTEGER PRIMARY KEY, t TEXT CHECK (t REGEXP '\bword'), u TEXT CHECK (u REGEXP t), v TEXT CHECK (v REGEXP 'a' AND v REGEXP 'b'));
CREATE TABLE f (id INTEGER PRIMARY KEY REFERENCES nowhere(id));
-- expected
Line 2: a DEFAULT is not supported for references, files, e-mail addresses and geometries.
Line 3: a CHECK of the key "id" is not supported, except is_uuid on a BLOB.
Line 4: REGEXP is supported for TEXT columns only.
Line 4: a CHECK of this form is not supported.
Line 5: a word boundary is not supported in a REGEXP.
Line 5: a REGEXP is a literal text.
Line 5: one REGEXP is enough for a column.
