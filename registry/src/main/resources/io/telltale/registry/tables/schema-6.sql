-- Until when a device may renew with a certificate that has ended, once.
ALTER TABLE principal ADD COLUMN return_until INTEGER;
