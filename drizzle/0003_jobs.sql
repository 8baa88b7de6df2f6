CREATE TABLE `_jobs` (
  `name` TEXT PRIMARY KEY NOT NULL,
  `since` INTEGER NOT NULL,
  `started` INTEGER,
  `ended` INTEGER,
  `outcome` TEXT NOT NULL DEFAULT '' CHECK (`outcome` IN ('', 'running', 'done', 'failed')),
  `error` TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
