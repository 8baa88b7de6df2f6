CREATE TABLE settings (
  id INTEGER PRIMARY KEY,
  data TEXT NOT NULL DEFAULT '{}' CHECK (is_json(data)),
  tags TEXT NOT NULL DEFAULT ('["a"]') CHECK (jsonschema_matches('{"type":"array"}', tags)),
  none TEXT DEFAULT NULL CHECK (is_json(none)),
  plain TEXT NOT NULL DEFAULT '{}'
) STRICT;
-- expected
settings: ids are integer
  {"id":"json2918445923","name":"data","type":"json","nullable":false,"schema":null,"default":{}}
  {"id":"json1874629670","name":"tags","type":"json","nullable":false,"schema":{"type":"array"},"default":["a"]}
  {"id":"json2140143823","name":"none","type":"json","nullable":true,"schema":null}
  {"id":"string421552847","name":"plain","type":"string","nullable":false,"writeOnly":false,"default":{"kind":"value","value":"{}"}}
