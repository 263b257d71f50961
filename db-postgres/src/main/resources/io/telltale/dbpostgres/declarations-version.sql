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
) AS d
