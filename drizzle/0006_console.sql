CREATE INDEX `_objects_created` ON `_objects` (`created`, `id`) WHERE `state` = 'live';
--> statement-breakpoint
CREATE INDEX `_objects_place` ON `_objects` (`collection`, `backend`, `size`) WHERE `state` = 'live';
--> statement-breakpoint
ALTER TABLE `_sessions` ADD COLUMN `address` TEXT NOT NULL DEFAULT '';
--> statement-breakpoint
ALTER TABLE `_sessions` ADD COLUMN `agent` TEXT NOT NULL DEFAULT '';
--> statement-breakpoint
ALTER TABLE `_sessions` ADD COLUMN `used` INTEGER NOT NULL DEFAULT 0;
--> statement-breakpoint
UPDATE `_sessions` SET `used` = `advanced`;
