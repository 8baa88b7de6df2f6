CREATE TABLE profiles (
id BLOB PRIMARY KEY,
avatar BLOB CHECK(
is_file_upload(avatar) AND
json_extract(avatar, '$.content_type') IN ('image/jpeg', 'image/png', 'image/webp')
)
);
-- expected
profiles: ids are uuid
  {"id":"file376926767","name":"avatar","type":"file","maxSelect":1,"maxSize":9007199254740990,"mimeTypes":["image/jpeg","image/png","image/webp"],"required":false}
