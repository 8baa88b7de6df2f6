CREATE TABLE people (uid INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE UNIQUE, age INTEGER, boss INTEGER REFERENCES people(uid), _pin TEXT) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_age ON people (age DESC, uid);
CREATE UNIQUE INDEX one_boss ON people (boss, age) WHERE boss IS NOT NULL AND age IN (1, 2);
CREATE VIEW everybody AS SELECT * FROM people;
CREATE VIEW adults AS SELECT uid AS id, p.name full_name FROM people AS p WHERE p.age >= 18 AND name NOT LIKE '\_%' OR boss IS NULL;
-- expected
people: ids are integer, key uid
  {"id":"string1579384326","name":"name","type":"string","nullable":true,"writeOnly":false,"default":null}
  {"id":"integer2704281778","name":"age","type":"integer","nullable":true,"writeOnly":false,"default":null}
  {"id":"relation1056859706","name":"boss","type":"relation","maxSelect":1,"required":false,"cascadeDelete":false,"collectionId":"pbc_520427368"}
  {"id":"string4176360457","name":"_pin","type":"string","nullable":true,"writeOnly":true,"default":null}
  "CREATE UNIQUE INDEX `unique_people_name` ON `people` (`name` COLLATE NOCASE)"
  "CREATE INDEX `by_age` ON `people` (`age` DESC, `id`)"
  "CREATE UNIQUE INDEX `one_boss` ON `people` (`boss`, `age`) WHERE ((`boss` != '') AND (`age` IN (1, 2))) AND (`boss` != '')"
  view {"name":"everybody","readOnly":true,"columns":{"uid":"id","name":"string1579384326","age":"integer2704281778","boss":"relation1056859706"}}
  view {"name":"adults","readOnly":true,"columns":{"id":"id","full_name":"string1579384326"},"where":"age >= 18 && name !~~ '\\_%' || boss == null"}
