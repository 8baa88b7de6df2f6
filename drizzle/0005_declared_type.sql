ALTER TABLE `_objects` ADD COLUMN `declared_type` TEXT NOT NULL DEFAULT '';
