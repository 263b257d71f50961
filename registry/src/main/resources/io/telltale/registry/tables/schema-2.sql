-- A sequence belongs to an enrolment: fresh ones are counted, a renewal inherits its number.
ALTER TABLE principal ADD COLUMN enrolment INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credential ADD COLUMN enrolment INTEGER NOT NULL DEFAULT 1;
-- When it first opened a session: from then on what it replaced renews no more.
ALTER TABLE credential ADD COLUMN used INTEGER;
UPDATE principal SET enrolment = 1 WHERE number IN (SELECT principal FROM credential);
