CREATE TABLE settings (id INTEGER PRIMARY KEY, data TEXT DEFAULT '{' CHECK (is_json(data)));
-- expected
Line 1: the default of a JSON column is no JSON.
