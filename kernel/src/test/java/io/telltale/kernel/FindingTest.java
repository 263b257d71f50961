package io.telltale.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import org.junit.jupiter.api.Test;

class FindingTest {
  // It was told as a disk that fails, with dmesg and smartctl.
  @Test
  void a_file_without_permission_is_no_broken_disk() {
    var denied = new UnavailableException("reading a", new AccessDeniedException("a"));
    Finding finding = Finding.unreadable("ca/a", denied);
    assertThat(finding.text())
        .startsWith("ca/a cannot be read: no permission. ")
        .contains("chown")
        .doesNotContain("smartctl");
    assertThat(finding.wasRead()).isFalse();
  }

  @Test
  void what_the_disk_does_not_give_is_told_with_why() {
    var failed = new UnavailableException("reading a", new IOException("Input/output error"));
    assertThat(Finding.unreadable("ca/a", failed).text())
        .startsWith("ca/a cannot be read: the disk (reading a: Input/output error). ")
        .contains("smartctl");
  }
}
