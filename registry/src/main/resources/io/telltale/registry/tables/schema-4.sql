-- What is known of a device can be changed: each change has a number and its line in the history.
ALTER TABLE principal ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE history ADD COLUMN changes TEXT NOT NULL DEFAULT '';
