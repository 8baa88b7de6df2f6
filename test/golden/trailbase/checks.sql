CREATE TABLE bounded (
  id TEXT PRIMARY KEY,
  stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
  share REAL CHECK (share >= 0 AND share <= 1),
  more INTEGER CHECK (more > 2 AND 10 > more),
  code TEXT CHECK (code IS NULL OR length(code) = 3),
  name TEXT CHECK (name IS NOT NULL AND length(name) > 0 AND length(name) <= 64),
  kind TEXT CHECK (kind IN ('a', 'b')),
  flag INTEGER CHECK (flag IN (0, 1)),
  CHECK (flag IS NOT NULL),
  CONSTRAINT one_kind UNIQUE (kind, stars),
  CONSTRAINT one_code UNIQUE (code)
);
-- expected
bounded: ids are text
  {"id":"text3208210256","name":"id","type":"text","min":1,"max":100,"pattern":"^.+$","autogeneratePattern":"[a-z0-9]{15}"}
  {"id":"integer18726956","name":"stars","type":"integer","nullable":false,"writeOnly":false,"default":null,"min":1,"max":5}
  {"id":"real4010188122","name":"share","type":"real","nullable":true,"writeOnly":false,"default":null,"min":0,"max":1}
  {"id":"integer2337469052","name":"more","type":"integer","nullable":true,"writeOnly":false,"default":null,"min":3,"max":9}
  {"id":"string1997877400","name":"code","type":"string","nullable":true,"writeOnly":false,"default":null,"minLength":3,"maxLength":3}
  {"id":"string1579384326","name":"name","type":"string","nullable":false,"writeOnly":false,"default":null,"minLength":1,"maxLength":64}
  {"id":"string1002749145","name":"kind","type":"string","nullable":true,"writeOnly":false,"default":null,"values":["a","b"]}
  {"id":"integer3522489242","name":"flag","type":"integer","nullable":false,"writeOnly":false,"default":null,"values":[0,1]}
  "CREATE UNIQUE INDEX `unique_bounded_code` ON `bounded` (`code`)"
  "CREATE UNIQUE INDEX `unique_bounded_kind_stars` ON `bounded` (`kind`, `stars`)"
