SELECT coalesce(sum(hashtextextended(d.row, 0) & 4294967295), 0)::bigint FROM (
  SELECT concat_ws(' ', oid, xmin) AS row FROM pg_class
  WHERE relnamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT concat_ws(' ', t.oid, t.xmin) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE c.relnamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT concat_ws(' ', r.oid, r.xmin) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
  WHERE c.relnamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT concat_ws(' ', oid, xmin) FROM pg_proc
  WHERE pronamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT concat_ws(' ', a.attrelid, a.attnum, a.xmin)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE a.attnum > 0 AND c.relnamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT concat_ws(' ', v.oid, v.xmin) FROM pg_attrdef v JOIN pg_class c ON c.oid = v.adrelid
  WHERE c.relnamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT concat_ws(' ', oid, xmin) FROM pg_constraint
  WHERE connamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT concat_ws(' ', oid, xmin) FROM pg_operator
  WHERE oprnamespace = to_regnamespace(current_schema())
  UNION ALL
  SELECT concat_ws(' ', i.inhrelid, i.inhparent, i.xmin)
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent OR c.oid = i.inhrelid
  WHERE c.relnamespace = to_regnamespace(current_schema())
) AS d
