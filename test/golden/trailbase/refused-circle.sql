CREATE TABLE hen (id INTEGER PRIMARY KEY, egg INTEGER REFERENCES egg(id));
CREATE TABLE egg (id INTEGER PRIMARY KEY, hen INTEGER REFERENCES hen(id));
-- expected
Line 1: the tables "hen", "egg" refer to each other in a circle; leave one reference out.
