CREATE TABLE kinds (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  i INT DEFAULT -5, -- a comment
  big INTEGER DEFAULT 9223372036854775807,
  hex INTEGER DEFAULT 0x10,
  yes INTEGER NOT NULL DEFAULT TRUE,
  made INTEGER NOT NULL DEFAULT (unixepoch()),
  r REAL DEFAULT 1.5e1,
  t TEXT DEFAULT 'it''s',
  stamp TEXT DEFAULT CURRENT_TIMESTAMP,
  stamp2 TEXT DEFAULT (datetime('now')),
  b BLOB DEFAULT x'0aff' /* bytes */,
  u BLOB DEFAULT x'0102030405060708090a0b0c0d0e0f10' CHECK (is_uuid_v4(u)),
  a ANY DEFAULT NULL,
  bare,
  mail TEXT NOT NULL UNIQUE CHECK (is_email(mail))
);
-- expected
kinds: ids are integer
  {"id":"integer3865851505","name":"i","type":"integer","nullable":true,"writeOnly":false,"default":{"kind":"value","value":-5}}
  {"id":"integer3556500041","name":"big","type":"integer","nullable":true,"writeOnly":false,"default":{"kind":"value","value":"9223372036854775807"}}
  {"id":"integer4291896678","name":"hex","type":"integer","nullable":true,"writeOnly":false,"default":{"kind":"value","value":16}}
  {"id":"integer1978086825","name":"yes","type":"integer","nullable":false,"writeOnly":false,"default":{"kind":"value","value":1}}
  {"id":"integer2639555233","name":"made","type":"integer","nullable":false,"writeOnly":false,"default":{"kind":"now","form":"unix"}}
  {"id":"real1812594589","name":"r","type":"real","nullable":true,"writeOnly":false,"default":{"kind":"value","value":15}}
  {"id":"string2238339752","name":"t","type":"string","nullable":true,"writeOnly":false,"default":{"kind":"value","value":"it's"}}
  {"id":"string1431215880","name":"stamp","type":"string","nullable":true,"writeOnly":false,"default":{"kind":"now","form":"text"}}
  {"id":"string341538976","name":"stamp2","type":"string","nullable":true,"writeOnly":false,"default":{"kind":"now","form":"text"}}
  {"id":"bytes1908338681","name":"b","type":"bytes","nullable":true,"writeOnly":false,"default":{"kind":"value","value":"Cv8="}}
  {"id":"uuid4067256894","name":"u","type":"uuid","nullable":true,"writeOnly":false,"default":{"kind":"value","value":"01020304-0506-0708-090a-0b0c0d0e0f10"}}
  {"id":"any3904355907","name":"a","type":"any","nullable":true,"writeOnly":false,"default":null}
  {"id":"any3652177696","name":"bare","type":"any","nullable":true,"writeOnly":false,"default":null}
  {"id":"email1361488968","name":"mail","type":"email","required":true}
  "CREATE UNIQUE INDEX `unique_kinds_mail` ON `kinds` (`mail`)"
