ALTER TABLE `_objects` ADD COLUMN `upload` TEXT NOT NULL DEFAULT '';
--> statement-breakpoint
ALTER TABLE `_objects` ADD COLUMN `owner` TEXT NOT NULL DEFAULT '';
--> statement-breakpoint
CREATE INDEX `_objects_backend` ON `_objects` (`backend`, `key`);
--> statement-breakpoint
CREATE TABLE `_usage` (
  `owner` TEXT PRIMARY KEY NOT NULL,
  `files` INTEGER NOT NULL,
  `bytes` INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `_usage` (`owner`, `files`, `bytes`)
  SELECT `column1`, count(`size`), coalesce(sum(`size`), 0) FROM (VALUES (''), ('*'))
  LEFT JOIN `_objects` ON `state` = 'live' GROUP BY `column1`;
--> statement-breakpoint
CREATE TRIGGER `_usage_gained` AFTER UPDATE OF `state` ON `_objects` WHEN NEW.`state` = 'live' AND OLD.`state` <> 'live' BEGIN
  INSERT INTO `_usage` (`owner`, `files`, `bytes`) VALUES (NEW.`owner`, 1, NEW.`size`), ('*', 1, NEW.`size`)
    ON CONFLICT (`owner`) DO UPDATE SET `files` = `files` + 1, `bytes` = `bytes` + excluded.`bytes`;
END;
--> statement-breakpoint
CREATE TRIGGER `_usage_lost` AFTER UPDATE OF `state` ON `_objects` WHEN OLD.`state` = 'live' AND NEW.`state` <> 'live' BEGIN
  UPDATE `_usage` SET `files` = `files` - 1, `bytes` = `bytes` - OLD.`size` WHERE `owner` IN (OLD.`owner`, '*');
END;
--> statement-breakpoint
CREATE TRIGGER `_usage_changed` AFTER UPDATE OF `size`, `owner` ON `_objects` WHEN OLD.`state` = 'live' AND NEW.`state` = 'live' BEGIN
  UPDATE `_usage` SET `files` = `files` - 1, `bytes` = `bytes` - OLD.`size` WHERE `owner` IN (OLD.`owner`, '*');
  INSERT INTO `_usage` (`owner`, `files`, `bytes`) VALUES (NEW.`owner`, 1, NEW.`size`), ('*', 1, NEW.`size`)
    ON CONFLICT (`owner`) DO UPDATE SET `files` = `files` + 1, `bytes` = `bytes` + excluded.`bytes`;
END;
--> statement-breakpoint
CREATE TRIGGER `_usage_inserted` AFTER INSERT ON `_objects` WHEN NEW.`state` = 'live' BEGIN
  INSERT INTO `_usage` (`owner`, `files`, `bytes`) VALUES (NEW.`owner`, 1, NEW.`size`), ('*', 1, NEW.`size`)
    ON CONFLICT (`owner`) DO UPDATE SET `files` = `files` + 1, `bytes` = `bytes` + excluded.`bytes`;
END;
--> statement-breakpoint
CREATE TRIGGER `_usage_deleted` AFTER DELETE ON `_objects` WHEN OLD.`state` = 'live' BEGIN
  UPDATE `_usage` SET `files` = `files` - 1, `bytes` = `bytes` - OLD.`size` WHERE `owner` IN (OLD.`owner`, '*');
END;
--> statement-breakpoint
CREATE TABLE `_uploads` (
  `id` TEXT PRIMARY KEY NOT NULL,
  `caller` TEXT NOT NULL,
  `source` TEXT NOT NULL DEFAULT '',
  `target` TEXT NOT NULL,
  `state` TEXT NOT NULL CHECK (`state` IN ('open', 'attached')),
  `part` TEXT NOT NULL CHECK (`part` IN ('', 'partial', 'final')),
  `pieces` TEXT NOT NULL DEFAULT '',
  `filename` TEXT NOT NULL,
  `metadata` TEXT NOT NULL,
  `size` INTEGER,
  `offset` INTEGER NOT NULL DEFAULT 0,
  `record` TEXT NOT NULL DEFAULT '',
  `created` INTEGER NOT NULL,
  `expires` INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `_uploads_expires` ON `_uploads` (`expires`);
--> statement-breakpoint
CREATE INDEX `_uploads_source` ON `_uploads` (`source`) WHERE `state` = 'open';
--> statement-breakpoint
CREATE INDEX `_uploads_pieces` ON `_uploads` (`pieces`) WHERE `pieces` <> '';
--> statement-breakpoint
CREATE TABLE `_quarantine` (
  `storage` TEXT NOT NULL,
  `key` TEXT NOT NULL,
  `size` INTEGER NOT NULL,
  `found` INTEGER NOT NULL,
  PRIMARY KEY (`storage`, `key`)
) STRICT, WITHOUT ROWID;
