CREATE TABLE replies (id INTEGER PRIMARY KEY, thread INTEGER NOT NULL REFERENCES threads ON DELETE RESTRICT,
  parent INTEGER REFERENCES replies(id) ON DELETE CASCADE, by BLOB REFERENCES _user(id) ON DELETE SET NULL ON UPDATE CASCADE);
CREATE TABLE threads (nr INTEGER, post TEXT UNIQUE, PRIMARY KEY (nr), FOREIGN KEY (post) REFERENCES posts(id));
-- expected
threads: ids are integer, key nr
  {"id":"relation1519021197","name":"post","type":"relation","maxSelect":1,"required":false,"cascadeDelete":false,"collectionId":"pbc_1125843985"}
  "CREATE UNIQUE INDEX `unique_threads_post` ON `threads` (`post`) WHERE `post` != ''"
replies: ids are integer
  {"id":"relation824200323","name":"thread","type":"relation","maxSelect":1,"required":true,"cascadeDelete":false,"collectionId":"pbc_4275913271"}
  {"id":"relation1032740943","name":"parent","type":"relation","maxSelect":1,"required":false,"cascadeDelete":true,"collectionId":"pbc_827529408"}
  {"id":"relation1070322242","name":"by","type":"relation","maxSelect":1,"required":false,"cascadeDelete":false,"collectionId":"_pb_users_auth_"}
