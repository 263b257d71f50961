package io.telltale.dbsqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.db.DiskFailedException;
import io.telltale.kernel.UnavailableException;
import org.junit.jupiter.api.Test;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What SQLite says of the disk, and what its log takes of it. */
class DiskTest {
  @Test
  void what_the_disk_does_not_give_is_told_from_what_is_wrong() {
    assertThat(
            Failures.of("reading", new SQLiteException("disk", SQLiteErrorCode.SQLITE_IOERR_READ)))
        .isInstanceOf(DiskFailedException.class);
    assertThat(Failures.of("reading", new SQLiteException("busy", SQLiteErrorCode.SQLITE_BUSY)))
        .isInstanceOf(UnavailableException.class)
        .isNotInstanceOf(DiskFailedException.class);
  }

  @Test
  void a_check_rests_no_more_where_the_log_grows_and_then_gives_up() {
    long room = 1L << 40;
    assertThat(CheckBreaks.Verdict.of(0, room)).isEqualTo(CheckBreaks.Verdict.MAY_REST);
    assertThat(CheckBreaks.Verdict.of(64L << 20, 0)).isEqualTo(CheckBreaks.Verdict.MAY_REST);
    assertThat(CheckBreaks.Verdict.of(65L << 20, room)).isEqualTo(CheckBreaks.Verdict.HURRIES);
    assertThat(CheckBreaks.Verdict.of(257L << 20, room)).isEqualTo(CheckBreaks.Verdict.GIVES_UP);
    assertThat(CheckBreaks.Verdict.of(65L << 20, 64L << 20))
        .isEqualTo(CheckBreaks.Verdict.GIVES_UP);
  }
}
