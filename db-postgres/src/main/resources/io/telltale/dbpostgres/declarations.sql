SELECT d.type, d.name, d.tbl_name, d.text FROM (
  SELECT 'table' AS type, c.relname::text AS name, c.relname::text AS tbl_name,
    concat_ws(' ', c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity) AS text
  FROM pg_class c
  WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p', 'S') AND c.relnamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT 'column', concat_ws('.', c.relname, a.attname), c.relname,
    concat_ws(' ', row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum),
      format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
      l.collname, pg_get_expr(v.adbin, v.adrelid))
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef v ON v.adrelid = c.oid AND v.adnum = a.attnum
  LEFT JOIN pg_collation l ON l.oid = a.attcollation
  WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND c.relnamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT 'constraint', concat_ws('.', c.relname, k.conname), c.relname,
    concat_ws(' ', k.convalidated, pg_get_constraintdef(k.oid))
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND c.relnamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT 'index', i.indexrelid::regclass::text, c.relname, pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
  WHERE c.relnamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT 'trigger', concat_ws('.', c.relname, t.tgname), c.relname,
    concat_ws(' ', t.tgenabled, pg_get_triggerdef(t.oid))
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE NOT t.tgisinternal AND c.relnamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT 'function', concat(p.proname, '(', pg_get_function_identity_arguments(p.oid), ')'), '',
    concat_ws(' ', p.prokind, p.prosecdef, p.proconfig, l.lanname, p.prosrc)
  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
  WHERE p.pronamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT 'rule', concat_ws('.', c.relname, r.rulename), c.relname,
    concat_ws(' ', r.ev_enabled, pg_get_ruledef(r.oid))
  FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
  WHERE c.relnamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT 'operator', concat_ws(' ', o.oprname, o.oprleft::regtype, o.oprright::regtype), '',
    o.oprcode::text
  FROM pg_operator o WHERE o.oprnamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT 'type', t.typname::text, '', t.typtype::text
  FROM pg_type t
  WHERE t.typtype IN ('d', 'e', 'r', 'm') AND t.typnamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT 'inherits', concat_ws(' < ', i.inhrelid::regclass, i.inhparent::regclass), '', ''
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent OR c.oid = i.inhrelid
  WHERE c.relkind IN ('r', 'p') AND c.relnamespace = to_regnamespace(current_schema())
) AS d
ORDER BY d.type COLLATE "C", d.name COLLATE "C"
