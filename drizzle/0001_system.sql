CREATE TABLE `_collections` (
  `id` TEXT PRIMARY KEY NOT NULL,
  `name` TEXT NOT NULL COLLATE NOCASE UNIQUE,
  `type` TEXT NOT NULL,
  `system` INTEGER NOT NULL DEFAULT 0,
  `id_kind` TEXT NOT NULL DEFAULT 'text',
  `fields` TEXT NOT NULL,
  `indexes` TEXT NOT NULL DEFAULT '[]',
  `rules` TEXT NOT NULL,
  `options` TEXT NOT NULL DEFAULT '{}',
  `created` TEXT NOT NULL,
  `updated` TEXT NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `_objects` (
  `id` TEXT PRIMARY KEY NOT NULL,
  `backend` TEXT NOT NULL,
  `key` TEXT NOT NULL UNIQUE,
  `state` TEXT NOT NULL CHECK (`state` IN ('pending', 'live', 'doomed', 'abandoned')),
  `epoch` TEXT NOT NULL,
  `size` INTEGER NOT NULL DEFAULT 0,
  `sha256` TEXT NOT NULL DEFAULT '',
  `type` TEXT NOT NULL DEFAULT '',
  `width` INTEGER NOT NULL DEFAULT 0,
  `height` INTEGER NOT NULL DEFAULT 0,
  `original_name` TEXT NOT NULL DEFAULT '',
  `name` TEXT NOT NULL DEFAULT '',
  `collection` TEXT,
  `record` TEXT,
  `field` TEXT,
  `position` INTEGER NOT NULL DEFAULT 0,
  `created` INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `_objects_owner` ON `_objects` (`collection`, `record`, `name`) WHERE `state` = 'live';
--> statement-breakpoint
CREATE INDEX `_objects_unsettled` ON `_objects` (`state`, `epoch`) WHERE `state` <> 'live';
--> statement-breakpoint
CREATE TABLE `_file_deletions` (
  `id` INTEGER PRIMARY KEY AUTOINCREMENT,
  `object` TEXT NOT NULL UNIQUE,
  `backend` TEXT NOT NULL,
  `key` TEXT NOT NULL,
  `attempts` INTEGER NOT NULL DEFAULT 0,
  `next_attempt` INTEGER NOT NULL DEFAULT 0,
  `error` TEXT NOT NULL DEFAULT '',
  `created` INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `_file_deletions_due` ON `_file_deletions` (`next_attempt`);
--> statement-breakpoint
CREATE TABLE `_derivatives` (
  `object` TEXT NOT NULL,
  `transform` TEXT NOT NULL,
  `key` TEXT NOT NULL UNIQUE,
  `size` INTEGER NOT NULL,
  `type` TEXT NOT NULL,
  `used` INTEGER NOT NULL,
  PRIMARY KEY (`object`, `transform`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `_derivatives_used` ON `_derivatives` (`used`);
--> statement-breakpoint
CREATE TABLE `_settings` (
  `key` TEXT PRIMARY KEY NOT NULL,
  `value` TEXT NOT NULL
) STRICT, WITHOUT ROWID;
