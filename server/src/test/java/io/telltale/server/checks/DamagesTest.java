package io.telltale.server.checks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DamagesTest {
  @Test
  void a_database_goes_by_its_name_in_the_ledger_and_no_file_goes_by_that() {
    assertThat(Damages.subject("store-keys")).isEqualTo("store/keys");
    assertThat(Damages.subject("key-files")).isEqualTo("files/key-files");
    assertThat(Damages.subject("ledger")).isEqualTo("files/ledger");
  }
}
