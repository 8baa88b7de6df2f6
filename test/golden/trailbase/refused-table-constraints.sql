CREATE TABLE two (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER,
  CHECK (a < b),
  FOREIGN KEY (a, b) REFERENCES posts (id),
  UNIQUE (a, c),
  CHECK (1 = 1));
-- expected
Line 2: a CHECK over two columns is not supported; keep one column per CHECK.
Line 3: a reference over several columns is not supported; refer by the key of the other table.
Line 4: the table "two" has no column "c".
Line 5: a CHECK without a column is not supported.
