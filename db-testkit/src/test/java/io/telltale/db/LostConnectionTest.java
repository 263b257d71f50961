package io.telltale.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.dbtestkit.BreakingStore;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.InDoubtException;
import io.telltale.kernel.UnavailableException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A connection that ends between the works and their commit, or just behind it. */
@Timeout(60)
class LostConnectionTest {
  private static final String TABLE = "CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT;";

  @TempDir Path dir;
  private BreakingStore store;
  private Database database;

  @BeforeEach
  void open() {
    store = new BreakingStore(TestStores.at(dir.resolve("x.db")));
    var seal = new StoreSeal("test", SecretBytes.copyOf(new byte[32]), Entropy.system());
    database = Database.open(store, List.of(TABLE), seal);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private static int insert(Connection connection, int n) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement("INSERT INTO t VALUES (?)")) {
      insert.setInt(1, n);
      return insert.executeUpdate();
    }
  }

  private int count() {
    return database.read(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement("SELECT count(*) FROM t");
              ResultSet row = select.executeQuery()) {
            row.next();
            return row.getInt(1);
          }
        });
  }

  @Test
  void a_commit_that_was_lost_is_unavailable_and_can_be_tried_again() {
    store.breakNext(BreakingStore.Break.WRITE);
    CompletableFuture<Integer> first = database.writeLater(connection -> insert(connection, 1));
    assertThatThrownBy(first::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(UnavailableException.class);
    assertThat(count()).isZero();
    database.write(connection -> insert(connection, 1));
    store.breakNext(BreakingStore.Break.WRITE);
    assertThatThrownBy(() -> database.write(connection -> insert(connection, 2)))
        .isInstanceOf(UnavailableException.class);
    database.write(connection -> insert(connection, 2));
    assertThat(count()).isEqualTo(2);
    assertThat(store.broken()).isEqualTo(2);
  }

  @Test
  void a_commit_of_which_only_the_word_was_lost_is_done() {
    store.breakNext(BreakingStore.Break.REPLY);
    assertThat(database.writeLater(connection -> insert(connection, 1)).join()).isEqualTo(1);
    assertThat(count()).isEqualTo(1);
    database.write(connection -> insert(connection, 2));
    assertThat(count()).isEqualTo(2);
  }

  @Test
  void a_commit_of_which_nobody_can_be_asked_is_in_doubt() {
    store.breakNext(BreakingStore.Break.HOST);
    assertThatThrownBy(() -> database.write(connection -> insert(connection, 1)))
        .isInstanceOf(InDoubtException.class);
    store.back();
    database.write(connection -> insert(connection, 2));
    assertThat(count()).isEqualTo(2);
  }

  @Test
  void between_commits_a_store_is_tidied_now_and_then() {
    for (int n = 0; n < 300; n++) {
      int number = n;
      database.write(connection -> insert(connection, number));
    }
    assertThat(store.tidied()).isPositive();
    assertThat(count()).isEqualTo(300);
  }

  @Test
  void a_mistake_of_a_work_stays_a_mistake() {
    database.write(connection -> insert(connection, 1));
    CompletableFuture<Integer> again = database.writeLater(connection -> insert(connection, 1));
    assertThatThrownBy(again::join).hasCauseInstanceOf(IllegalStateException.class);
  }
}
