package io.telltale.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an analyst is told of a statement that DuckDB refuses. */
class EngineMessagesTest {
  @ParameterizedTest
  @CsvSource({"\"boiler-1\",true", "boiler,false", "nothing('x'),false"})
  void a_text_in_double_quotes_is_told_how_to_be_written(String value, boolean isHinted)
      throws SQLException {
    String sql = "SELECT 1 FROM (SELECT 'a' AS device)\nWHERE device = " + value;
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      SQLException refused =
          catchThrowableOfType(SQLException.class, () -> statement.executeQuery(sql));
      String told = EngineMessages.failure(refused).message();
      assertThat(told).contains("at line 2, column 16");
      assertThat(told.contains("a text is in single quotes")).isEqualTo(isHinted);
    }
  }
}
