CREATE TABLE profiles (
id BLOB PRIMARY KEY,
name TEXT NOT NULL,
avatar BLOB CHECK(is_file_upload(avatar))
);
-- expected
profiles: ids are uuid
  {"id":"string1579384326","name":"name","type":"string","nullable":false,"writeOnly":false,"default":null}
  {"id":"file376926767","name":"avatar","type":"file","maxSelect":1,"maxSize":9007199254740990,"mimeTypes":[],"required":false}
