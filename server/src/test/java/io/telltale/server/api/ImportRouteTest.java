package io.telltale.server.api;

import static io.telltale.server.api.ApiFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.http.HttpExchange.Response;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Devices from CSV, as the API reads it. */
class ImportRouteTest {
  private final ApiFixture fixture;

  ImportRouteTest(@TempDir Path dir) {
    fixture = new ApiFixture(dir);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  // RG-6
  @Test
  void devices_are_imported_from_csv_and_the_same_file_again_changes_nothing() {
    var csv = new StringBuilder("\uFEFFid,type,environment,region,productLine,site,labels\r\n");
    for (int i = 0; i < 600; i++) {
      csv.append("d-%d,pump,prod,eu,a,\"hall \"\"%d\"\", north\",x=1;y=2\r\n".formatted(i, i));
    }
    csv.append("\r\nbad/id,pump,prod,eu,a,,\nshort,row\nt,toaster,prod,eu,a,,\n");
    JsonNode first = json(importCsv(csv.toString()));
    assertThat(first.path("registered").asInt()).isEqualTo(600);
    assertThat(first.path("failed").asInt()).isEqualTo(3);
    assertThat(first.path("failures").get(0).path("line").asInt()).isEqualTo(603);
    assertThat(first.path("failures").get(0).path("column").asString()).isEqualTo("id");
    assertThat(first.path("failures").findValuesAsString("id"))
        .containsExactly("bad/id", "short", "t");
    // Those that the registry refuses came behind those that cannot be read.
    JsonNode mixed =
        json(
            importCsv(
                """
                id,type,environment,region,productLine
                t,toaster,prod,eu,a
                short
                d-7,pump,prod,eu,b
                bad/id,pump,prod,eu,a
                """));
    assertThat(mixed.path("failures").findValuesAsString("line"))
        .containsExactly("2", "3", "4", "5");
    JsonNode unscoped =
        json(importCsv("id,type,environment,region,productLine\nu-1,pump,prod,,a\n"));
    assertThat(unscoped.path("failures").get(0).path("column").asString()).isEqualTo("region");
    assertThat(unscoped.path("failures").get(0).path("message").asString())
        .contains("is empty", "such as eu");
    JsonNode again = json(importCsv(csv.toString()));
    assertThat(again.path("unchanged").asInt()).isEqualTo(600);
    assertThat(json(fixture.get(fixture.operator, "/v1/devices/d-7")).path("site").asString())
        .isEqualTo("hall \"7\", north");
  }

  @Test
  void devices_are_not_imported_from_what_is_no_csv_of_ours() {
    for (String bad :
        List.of(
            "",
            "id\n",
            "id,type,environment,region,productLine,password\n",
            "id,id,type,environment,region,productLine\n",
            "id,type,environment,region,productLine\n\"open",
            "id,type,environment,region,productLine\n\"a\"b,c,d,e,f",
            "x,".repeat(100))) {
      assertThat(importCsv(bad).status()).as(bad).isEqualTo(400);
    }
  }

  // Firm ground 30
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "id,type,environment,region,product_line | 1 | has an unknown 'product_line'"
            + " (productLine?)",
        "id,type,environment,region,product_line | 1 | lacks 'productLine'",
        "\\n\\nid,type,region,productLine,owner | 3 | lacks 'environment'",
        "\\n\\nid,type,region,productLine,owner | 3 | has an unknown 'owner'",
        "id,id,type,environment,region,productLine | 1 | has 'id' twice",
        "d-1,pump,prod,eu,a\\nd-2,pump,prod,eu,a | 1 | the first line must name the columns: id,",
        "id;type;environment;region;productLine | 1 | parted by ';', not by commas",
        "id\\ttype\\tenvironment\\tregion\\tproductLine | 1 | parted by tabs, not by commas",
        "id,type,environment,region,productLine\\na,b,c,d,\"e\\nf,g,h | 2 | quote",
        "id,type,environment,region,productLine\\na,b,c,d,e\\n\\n\"e\\nf,g,h | 4 | quote",
        "id,type,environment,region,productLine\\n\"a\\nb\",b,\"c\"d,d,e | 3 | quote",
      })
  void files_are_refused_with_what_is_wrong_and_the_line_of_it(String csv, long line, String told) {
    JsonNode error = json(importCsv(csv.translateEscapes())).path("error");
    assertThat(error.path("message").asString()).contains(told);
    assertThat(error.path("line").asLong()).isEqualTo(line);
  }

  private Response importCsv(String csv) {
    return fixture.send(List.of(fixture.operator), "POST", "/v1/devices:import", "text/csv", csv);
  }
}
