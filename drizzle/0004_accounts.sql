CREATE TABLE `_sessions` (
  `id` TEXT PRIMARY KEY NOT NULL,
  `collection` TEXT NOT NULL,
  `record` TEXT NOT NULL,
  `fingerprint` TEXT NOT NULL,
  `current` TEXT NOT NULL,
  `successors` TEXT NOT NULL,
  `former` TEXT NOT NULL,
  `advanced` INTEGER NOT NULL,
  `anonymous` INTEGER NOT NULL,
  `created` INTEGER NOT NULL,
  `expires` INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `_sessions_account` ON `_sessions` (`collection`, `record`, `created`);
--> statement-breakpoint
CREATE INDEX `_sessions_expires` ON `_sessions` (`expires`);
--> statement-breakpoint
CREATE TABLE `_auth_codes` (
  `id` TEXT PRIMARY KEY NOT NULL,
  `kind` TEXT NOT NULL,
  `collection` TEXT NOT NULL,
  `record` TEXT NOT NULL,
  `fingerprint` TEXT NOT NULL,
  `secret` TEXT NOT NULL,
  `tries` INTEGER NOT NULL,
  `expires` INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `_auth_codes_expires` ON `_auth_codes` (`expires`);
--> statement-breakpoint
CREATE TABLE `_second_factors` (
  `collection` TEXT NOT NULL,
  `record` TEXT NOT NULL,
  `secret` TEXT NOT NULL,
  `pending` TEXT NOT NULL,
  `step` INTEGER NOT NULL,
  PRIMARY KEY (`collection`, `record`)
) STRICT, WITHOUT ROWID;
