package io.telltale.dbpostgres;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Migrations as PostgreSQL reads them. They are written once, in the SQL of SQLite, and use little
 * of it: types, STRICT and WITHOUT ROWID, and AUTOINCREMENT, whose numbers a counter's row gives,
 * so that they are contiguous and in the order of commits.
 */
final class PostgresDdl {
  /** What a schema has beside the tables of migrations; the function is SQLite's. */
  static final List<String> OWN =
      List.of(
          "CREATE TABLE schema_version ("
              + "one BIGINT PRIMARY KEY CHECK (one = 1), version BIGINT NOT NULL)",
          "CREATE TABLE row_counter ("
              + "name TEXT COLLATE \"C\" PRIMARY KEY, seq BIGINT NOT NULL)",
          "CREATE FUNCTION json_extract(document TEXT, path TEXT) RETURNS TEXT LANGUAGE sql"
              + " IMMUTABLE AS $$ SELECT jsonb_path_query_first(document::jsonb, path::jsonpath)"
              + " #>> '{}' $$");

  /** The rows that the transaction under way has touched, of one connection. */
  static final String TOUCHED =
      "CREATE TEMP TABLE seal_touched ("
          + "at BIGINT GENERATED ALWAYS AS IDENTITY, tab TEXT NOT NULL, old BOOLEAN NOT NULL,"
          + " columns BYTEA NOT NULL) ON COMMIT DELETE ROWS";

  /** Reports a row as it was and as it is now to the connection that has such a table. */
  static final String TOUCH =
      """
      CREATE OR REPLACE FUNCTION seal_touch() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP <> 'INSERT' THEN
          INSERT INTO pg_temp.seal_touched (tab, old, columns)
            VALUES (TG_TABLE_NAME, true, record_send(OLD));
        END IF;
        IF TG_OP <> 'DELETE' THEN
          INSERT INTO pg_temp.seal_touched (tab, old, columns)
            VALUES (TG_TABLE_NAME, false, record_send(NEW));
        END IF;
        RETURN NULL;
      END $$\
      """;

  private static final Pattern COMMENT = Pattern.compile("--[^\\n]*");
  private static final Pattern TABLE = Pattern.compile("(?s)CREATE TABLE (\\w+)\\s*\\(.*");
  private static final Pattern NUMBERED =
      Pattern.compile("(\\w+) INTEGER PRIMARY KEY AUTOINCREMENT");
  private static final Pattern OPTIONS =
      Pattern.compile("\\)\\s*(STRICT|WITHOUT ROWID)(,\\s*(STRICT|WITHOUT ROWID))?\\s*$");

  private PostgresDdl() {}

  /** The statements of a migration, in order. */
  static List<String> of(String migration) {
    var all = new ArrayList<String>();
    for (String one : COMMENT.matcher(migration).replaceAll("").split(";", -1)) {
      String statement = one.strip();
      if (!statement.isEmpty()) {
        add(all, statement);
      }
    }
    return all;
  }

  private static void add(List<String> all, String statement) {
    Matcher table = TABLE.matcher(statement);
    boolean made = table.matches();
    if (!made && !statement.startsWith("ALTER TABLE")) {
      all.add(statement);
      return;
    }
    Matcher numbered = NUMBERED.matcher(statement);
    String counted = made && numbered.find() ? numbered.group(1) : "";
    all.add(typed(OPTIONS.matcher(statement).replaceFirst(")")));
    if (!counted.isEmpty()) {
      all.add(count(table.group(1), counted));
      all.add(
          "CREATE TRIGGER count BEFORE INSERT ON %1$s FOR EACH ROW EXECUTE FUNCTION count_%1$s()"
              .formatted(table.group(1)));
    }
  }

  // Whoever gives a number moves the counter up to it.
  private static String count(String table, String column) {
    return """
    CREATE FUNCTION count_%1$s() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE given BIGINT := NEW.%2$s;
    BEGIN
      INSERT INTO row_counter AS c (name, seq) VALUES (TG_TABLE_NAME, coalesce(given, 1))
        ON CONFLICT (name) DO UPDATE
          SET seq = CASE WHEN given IS NULL THEN c.seq + 1 ELSE greatest(c.seq, given) END
        RETURNING c.seq INTO NEW.%2$s;
      NEW.%2$s := coalesce(given, NEW.%2$s);
      RETURN NEW;
    END $$\
    """
        .formatted(table, column);
  }

  // Texts are compared byte by byte, as SQLite does.
  private static String typed(String statement) {
    return statement
        .replace(" PRIMARY KEY AUTOINCREMENT", " PRIMARY KEY")
        .replaceAll("\\bINTEGER\\b", "BIGINT")
        .replaceAll("\\bREAL\\b", "DOUBLE PRECISION")
        .replaceAll("\\bBLOB\\b", "BYTEA")
        .replaceAll("\\bANY\\b", "BYTEA")
        .replaceAll("\\bTEXT\\b", "TEXT COLLATE \"C\"");
  }
}
