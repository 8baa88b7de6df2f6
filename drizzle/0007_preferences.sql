CREATE TABLE `_preferences` (
  `collection` TEXT NOT NULL,
  `record` TEXT NOT NULL,
  `name` TEXT NOT NULL,
  `value` TEXT NOT NULL,
  PRIMARY KEY (`collection`, `record`, `name`)
) STRICT, WITHOUT ROWID;
