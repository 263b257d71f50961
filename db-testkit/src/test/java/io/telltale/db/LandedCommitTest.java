package io.telltale.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.dbtestkit.TestStores;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A commit that is reported as failed, and stands: storage fails in both ways. */
@Timeout(60)
class LandedCommitTest {
  private static final List<String> SCHEMA =
      List.of(
          "CREATE TABLE person (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL)"
              + " STRICT;");
  private static final SecretBytes KEY = SecretBytes.copyOf(new byte[32]);

  @TempDir Path dir;
  private final ConcurrentLinkedQueue<String> acted = new ConcurrentLinkedQueue<>();
  private Broken sealing;
  private Writer writer;

  /** Fails behind a commit, and then some times more before it knows how the file is. */
  private static final class Broken implements RowSealing {
    private final RowSealing real;
    private volatile boolean failsNext;
    private final AtomicInteger installsThatFail = new AtomicInteger();

    Broken(RowSealing real) {
      this.real = real;
    }

    @Override
    public void install(Connection connection) throws SQLException {
      if (installsThatFail.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        throw new SQLException("injected: the disk is away");
      }
      real.install(connection);
    }

    @Override
    public void begin() {
      real.begin();
    }

    @Override
    public void seal(Connection connection) throws SQLException {
      real.seal(connection);
    }

    @Override
    public void undo() {
      real.undo();
    }

    @Override
    public void committed() {
      if (failsNext) {
        failsNext = false;
        throw new IllegalStateException("injected: nobody heard of the commit");
      }
      real.committed();
    }

    @Override
    public void failed() {
      real.failed();
    }

    @Override
    public boolean landed() {
      return real.landed();
    }
  }

  @BeforeEach
  void open() throws SQLException {
    Path file = dir.resolve("store.db");
    StoreDriver driver = TestStores.at(file);
    driver.create();
    Connection connection = driver.openWriter();
    var seal = new StoreSeal("test", KEY, Entropy.system());
    sealing = new Broken(new SealSetup(driver, connection, seal).open(SCHEMA));
    writer = new Writer(driver, connection, sealing);
    writer.start();
  }

  @AfterEach
  void close() {
    writer.close();
  }

  private void insert(String name) throws InterruptedException, ExecutionException {
    writer
        .submit(
            connection -> {
              try (PreparedStatement insert =
                  connection.prepareStatement("INSERT INTO person (name) VALUES (?)")) {
                insert.setString(1, name);
                insert.executeUpdate();
              }
              writer.afterCommit(() -> acted.add(name));
              return name;
            })
        .get();
  }

  private long people() throws InterruptedException, ExecutionException {
    return writer
        .submit(
            connection -> {
              try (PreparedStatement count =
                      connection.prepareStatement("SELECT count(*) FROM person");
                  ResultSet row = count.executeQuery()) {
                row.next();
                return row.getLong(1);
              }
            })
        .get();
  }

  @Test
  void a_commit_that_stands_although_it_was_reported_as_failed_is_told_as_done() throws Exception {
    insert("ann");
    sealing.failsNext = true;
    insert("bob");
    assertThat(acted).containsExactly("ann", "bob");
    insert("cas");
    assertThat(people()).isEqualTo(3);
  }

  @Test
  void further_failures_before_anybody_looked_do_not_make_it_forgotten() throws Exception {
    insert("ann");
    sealing.failsNext = true;
    sealing.installsThatFail.set(3);
    assertThatThrownBy(() -> insert("bob")).isInstanceOf(ExecutionException.class);
    Waiting.until("it is found out without another write", 30, () -> acted.size() == 2);
    assertThat(acted).containsExactly("ann", "bob");
    insert("cas");
    assertThat(people()).isEqualTo(3);
    assertThat(acted).containsExactly("ann", "bob", "cas");
  }

  @Test
  void what_failed_and_does_not_stand_is_never_acted_on() throws Exception {
    insert("ann");
    sealing.installsThatFail.set(1);
    writer.submit(
        connection -> {
          connection.close();
          writer.afterCommit(() -> acted.add("nobody"));
          return 0;
        });
    Waiting.until("it writes again", 30, this::inserts);
    assertThat(acted).containsExactly("ann", "bob");
    assertThat(people()).isEqualTo(2);
  }

  private boolean inserts() throws Exception {
    try {
      insert("bob");
      return true;
    } catch (ExecutionException e) {
      assertThat(e).hasRootCauseInstanceOf(SQLException.class);
      return false;
    }
  }
}
