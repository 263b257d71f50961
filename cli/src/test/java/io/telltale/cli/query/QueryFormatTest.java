package io.telltale.cli.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.cli.query.QueryCommand.Format;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryFormatTest {
  @ParameterizedTest
  @CsvSource({
    "AUTO, out.csv, CSV",
    "AUTO, a.csv/out.json, JSON",
    "AUTO, out.parquet, PARQUET",
    "AUTO, out.txt, AUTO",
    "AUTO, csv, AUTO",
    "AUTO, '', AUTO",
    "TABLE, out.csv, TABLE"
  })
  void the_name_of_the_file_says_the_format_where_nothing_else_does(
      Format asked, String output, Format meant) {
    assertThat(QueryCommand.meant(asked, output)).isEqualTo(meant);
  }
}
