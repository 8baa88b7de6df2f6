-- TrailBase's own spellings of keys, files and JSON.
CREATE TABLE IF NOT EXISTS "article" (
  "key"     BLOB PRIMARY KEY NOT NULL CHECK(is_uuid_v7("key")) DEFAULT (uuid_v7()),
  [author]  BLOB NOT NULL REFERENCES _user(id) ON DELETE CASCADE,
  `cover`   TEXT CHECK(jsonschema('std.FileUpload', cover, 'image/png, image/jpeg')),
  pictures  TEXT CHECK(jsonschema('std.FileUploads', pictures)) NOT NULL DEFAULT '[]',
  address   TEXT CHECK(jsonschema('address', address)),
  tags      TEXT NOT NULL CHECK(jsonschema_matches('{"type":"array"}', tags)),
  place     BLOB CHECK(ST_IsValid(place)),
  data      TEXT CHECK(is_json(data)),
  other     BLOB CHECK(is_uuid(other)) DEFAULT (uuid_v4()),
  _note     TEXT
) STRICT;
-- expected
article: ids are uuid, key key
  {"id":"relation3182418120","name":"author","type":"relation","maxSelect":1,"required":true,"cascadeDelete":true,"collectionId":"_pb_users_auth_"}
  {"id":"file2366146245","name":"cover","type":"file","maxSelect":1,"maxSize":9007199254740990,"mimeTypes":["image/png","image/jpeg"],"required":false}
  {"id":"file2407280576","name":"pictures","type":"file","maxSelect":99,"maxSize":9007199254740990,"mimeTypes":[],"required":false}
  {"id":"json223244161","name":"address","type":"json","nullable":true,"schema":{"type":"object","required":["city"]}}
  {"id":"json1874629670","name":"tags","type":"json","nullable":false,"schema":{"type":"array"}}
  {"id":"geometry1948079053","name":"place","type":"geometry","nullable":true,"writeOnly":false}
  {"id":"json2918445923","name":"data","type":"json","nullable":true,"schema":null}
  {"id":"uuid3646436640","name":"other","type":"uuid","nullable":true,"writeOnly":false,"default":{"kind":"uuid","version":4}}
  {"id":"string2459470351","name":"_note","type":"string","nullable":true,"writeOnly":true,"default":null}
