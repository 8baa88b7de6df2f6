CREATE TABLE documents (
id BLOB PRIMARY KEY,
title TEXT NOT NULL,
attachments BLOB CHECK(is_file_uploads(attachments))
);
-- expected
documents: ids are uuid
  {"id":"string724990059","name":"title","type":"string","nullable":false,"writeOnly":false,"default":null}
  {"id":"file1204091606","name":"attachments","type":"file","maxSelect":99,"maxSize":9007199254740990,"mimeTypes":[],"required":false}
