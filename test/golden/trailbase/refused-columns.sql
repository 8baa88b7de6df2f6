CREATE TABLE wrong (
  id INTEGER PRIMARY KEY,
  a NUMERIC,
  b INTEGER GENERATED ALWAYS AS (1),
  c TEXT COLLATE NOCASE,
  d INTEGER DEFAULT 'x',
  e INTEGER DEFAULT (random()),
  f INTEGER DEFAULT 9223372036854775808,
  g TEXT CHECK (h > 1),
  h INTEGER CHECK (h > 1 OR h < 0),
  i REAL CHECK (i > 1),
  j INTEGER CHECK (upper(j) = 'A'),
  k TEXT CHECK (k LIKE 'a%'),
  l TEXT CHECK (is_file_upload(l)) DEFAULT '{}',
  m INTEGER REFERENCES posts(id) ON DELETE RESTRICT,
  n TEXT CHECK (jsonschema('nope', n)),
  o TEXT CHECK (jsonschema_matches('{', o)),
  p INTEGER CHECK (is_file_upload(p)),
  _q TEXT CHECK (is_file_upload(_q)),
  r TEXT CHECK (json_extract(r, '$.size') IN (1)),
  s TEXT UNIQUE ON CONFLICT REPLACE,
  t INTEGER REFERENCES posts(id) DEFERRABLE INITIALLY DEFERRED,
  u TEXT CHECK (EXISTS (SELECT 1 FROM posts)),
  CHECK (d < e),
  FOREIGN KEY (d, e) REFERENCES posts (id)
);
-- expected
Line 3: the type "NUMERIC" is not supported; use INTEGER, REAL, TEXT, BLOB or ANY.
Line 4: generated columns are not supported.
Line 5: COLLATE NOCASE is supported on UNIQUE columns of type TEXT, and no other collation.
Line 6: the default is of another type than the column.
Line 7: the default "random" is not supported for a column of this type.
Line 8: the number "9223372036854775808" is beyond 64 bits.
Line 9: a CHECK over the column "h" cannot stand at the column "g"; keep one column per CHECK.
Line 10: a CHECK with OR is not supported, except "h IS NULL OR …".
Line 11: a REAL column can be bounded by <= and >= only.
Line 12: a CHECK of this form is not supported.
Line 13: a CHECK of this form is not supported.
Line 14: a DEFAULT is not supported for references, files, e-mail addresses and geometries.
Line 15: ON DELETE RESTRICT needs NOT NULL: other references become NULL.
Line 16: there is no JSON schema "nope"; name it in the configuration.
Line 17: the JSON schema is no JSON object.
Line 18: a column of this kind must be TEXT or BLOB.
Line 19: the column "_q" cannot be write-only: a name with "_" in front is for plain columns.
Line 20: json_extract is supported for '$.content_type' and '$.mime_type' of a file only.
Line 21: ON CONFLICT is not supported; say it with "conflict_resolution".
Line 22: DEFERRABLE is not supported.
Line 23: a CHECK of this form is not supported.
