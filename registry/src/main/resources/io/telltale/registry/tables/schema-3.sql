-- A policy belongs to a tenant; what there was is the default tenant's.
CREATE TABLE policy_of_tenant (
  tenant TEXT NOT NULL,
  version INTEGER NOT NULL,
  document BLOB NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (tenant, version)
) STRICT;
INSERT INTO policy_of_tenant (tenant, version, document, actor, reason, time)
  SELECT 'default', version, document, actor, '', time FROM policy;
DROP TABLE policy;
ALTER TABLE policy_of_tenant RENAME TO policy;
