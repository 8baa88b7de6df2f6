CREATE TABLE profiles (
  user      BLOB PRIMARY KEY NOT NULL REFERENCES _user(id) ON DELETE CASCADE,
  username  TEXT NOT NULL CHECK(username REGEXP '^[\w]{3,24}$'),
  created   INTEGER DEFAULT (UNIXEPOCH()) NOT NULL
) STRICT;
CREATE TABLE halls (nr INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE organs (hall INTEGER, builder TEXT, PRIMARY KEY (hall), FOREIGN KEY (hall) REFERENCES halls(nr) ON DELETE RESTRICT);
CREATE TABLE stops (organ INTEGER PRIMARY KEY REFERENCES organs, pipes INTEGER);
CREATE TABLE labels (post TEXT PRIMARY KEY REFERENCES posts(id), colour TEXT);
CREATE VIEW builders AS SELECT hall AS place, builder FROM organs WHERE hall <> 3;
CREATE INDEX by_organ ON stops (organ DESC);
CREATE TABLE badges (id BLOB PRIMARY KEY REFERENCES _user CHECK (is_uuid(id)));
-- expected
profiles: ids are text, key user
  {"id":"text3208210256","name":"id","type":"text","min":1,"max":100,"pattern":"^.+$","autogeneratePattern":"[a-z0-9]{15}"}
  {"id":"relation2375276105","name":"user","type":"relation","maxSelect":1,"required":true,"cascadeDelete":true,"equalsId":true,"collectionId":"_pb_users_auth_"}
  {"id":"string4166911607","name":"username","type":"string","nullable":false,"writeOnly":false,"default":null,"pattern":"^[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]{3,24}$"}
  {"id":"integer2990389176","name":"created","type":"integer","nullable":false,"writeOnly":false,"default":{"kind":"now","form":"unix"}}
halls: ids are integer, key nr
  {"id":"string1579384326","name":"name","type":"string","nullable":true,"writeOnly":false,"default":null}
labels: ids are text, key post
  {"id":"text3208210256","name":"id","type":"text","min":1,"max":100,"pattern":"^.+$","autogeneratePattern":"[a-z0-9]{15}"}
  {"id":"relation1519021197","name":"post","type":"relation","maxSelect":1,"required":true,"cascadeDelete":false,"equalsId":true,"collectionId":"pbc_1125843985"}
  {"id":"string4210582990","name":"colour","type":"string","nullable":true,"writeOnly":false,"default":null}
badges: ids are text
  {"id":"text3208210256","name":"id","type":"text","min":1,"max":100,"pattern":"^.+$","autogeneratePattern":"[a-z0-9]{15}"}
  {"id":"relation2809058197","name":"user_id","type":"relation","maxSelect":1,"required":true,"cascadeDelete":false,"equalsId":true,"collectionId":"_pb_users_auth_"}
organs: ids are integer, key hall
  {"id":"relation462399551","name":"hall","type":"relation","maxSelect":1,"required":true,"cascadeDelete":false,"equalsId":true,"collectionId":"pbc_1714803573"}
  {"id":"string3592925001","name":"builder","type":"string","nullable":true,"writeOnly":false,"default":null}
  view {"name":"builders","readOnly":true,"columns":{"place":"id","builder":"string3592925001"},"where":"id !== '3'"}
stops: ids are integer, key organ
  {"id":"relation2265101450","name":"organ","type":"relation","maxSelect":1,"required":true,"cascadeDelete":false,"equalsId":true,"collectionId":"pbc_569891535"}
  {"id":"integer4238964847","name":"pipes","type":"integer","nullable":true,"writeOnly":false,"default":null}
  "CREATE INDEX `by_organ` ON `stops` (`id` DESC)"
