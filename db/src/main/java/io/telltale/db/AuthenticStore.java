package io.telltale.db;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.kernel.UnavailableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A database whose rows are authenticated, as those see it who watch over it. Thread-safe. */
public final class AuthenticStore {
  private final StoreDriver driver;
  private final StoreSeal seal;
  private final Database database;
  private final SealWriter writer;

  AuthenticStore(StoreDriver driver, StoreSeal seal, Database database, SealWriter writer) {
    this.driver = driver;
    this.seal = seal;
    this.database = database;
    this.writer = writer;
  }

  /**
   * How far a store is.
   *
   * @param told the last change that was more than housekeeping
   */
  public record Position(long change, Hash chain, long told) {}

  /** How a store stands to a position that somebody remembers. */
  public enum Relation {
    /** It is there, or went on from there. */
    FOLLOWS,
    /** It has not come that far: an older copy. */
    BEHIND,
    /** It came to another place: another copy went on. */
    ELSEWHERE
  }

  public String name() {
    return seal.store();
  }

  /** As messages call it. */
  public String place() {
    return driver.place();
  }

  StoreDriver driver() {
    return driver;
  }

  /** Whether it is older than its seals, which then vouch only for what came after. */
  public boolean adopted() {
    return writer.head().adopted();
  }

  public Position position() {
    SealHead head = writer.head();
    return new Position(head.change(), head.chain(), head.told());
  }

  public Relation relationTo(long change, Hash chain) {
    Position here = position();
    if (here.change() < change) {
      return Relation.BEHIND;
    }
    // Changes from very long before the last anchor are not kept: the seals still hold.
    return linkAt(change).filter(link -> !link.equals(chain)).isPresent()
        ? Relation.ELSEWHERE
        : Relation.FOLLOWS;
  }

  private Optional<Hash> linkAt(long change) {
    return database.read(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement("SELECT chain FROM seal_change WHERE change = ?")) {
            select.setLong(1, change);
            try (ResultSet row = select.executeQuery()) {
              return row.next()
                  ? Optional.of(new Hash(Bytes.adopt(row.getBytes(1))))
                  : Optional.empty();
            }
          }
        });
  }

  /** To be called when the position of {@code change} is remembered elsewhere for good. */
  public void anchored(long change) {
    writer.anchored(change);
  }

  /** Refuses every read and write from now on, saying why. */
  public void condemn(String why) {
    database.condemn(why);
  }

  /**
   * Reads the whole file and holds every row against its seal, on a connection of its own and one
   * state of the database. Returns what is wrong, each with its place; nothing when all is well.
   */
  public List<String> check() {
    return texts(look(CheckPace.AT_ONCE));
  }

  /**
   * As {@link #check()} at the speed that {@code pace} lets it have. Throws {@link
   * UnavailableException} once it is told not to go on, or does not on its own: much is written
   * meanwhile, and the write-ahead log takes too much room.
   */
  List<SealCheck.Wrong> look(CheckPace pace) {
    Position least = position();
    return look(driver, seal, least.change(), pace);
  }

  /** As {@link #check()}, of a store that nobody has open; changes nothing. */
  public static List<String> check(StoreDriver driver, StoreSeal seal) {
    return texts(look(driver, seal));
  }

  static List<SealCheck.Wrong> look(StoreDriver driver, StoreSeal seal) {
    return look(driver, seal, 0, CheckPace.AT_ONCE);
  }

  private static List<String> texts(List<SealCheck.Wrong> wrong) {
    return wrong.stream().map(SealCheck.Wrong::text).toList();
  }

  private static List<SealCheck.Wrong> look(
      StoreDriver driver, StoreSeal seal, long atLeast, CheckPace pace) {
    try (Connection connection = driver.openReader()) {
      return look(driver, connection, seal, atLeast, driver.rows().breaks(connection, pace));
    } catch (SQLException e) {
      return findings(driver.failure("reading " + driver.place(), e));
    }
  }

  private static List<SealCheck.Wrong> look(
      StoreDriver driver,
      Connection connection,
      StoreSeal seal,
      long atLeast,
      RowDriver.Breaks breaks)
      throws SQLException {
    try {
      driver.beginRead(connection);
      var findings = new ArrayList<>(pages(driver, connection));
      if (findings.isEmpty()) {
        findings.addAll(rows(driver, connection, seal, atLeast, breaks));
      }
      return findings;
    } catch (SQLException e) {
      if (!breaks.why().isEmpty()) {
        throw new UnavailableException("the check of " + driver.place() + ": " + breaks.why(), e);
      }
      throw e;
    }
  }

  private static List<SealCheck.Wrong> findings(RuntimeException failure) {
    if (failure instanceof CorruptException) {
      return List.of(new SealCheck.Wrong("its pages are damaged"));
    }
    throw failure;
  }

  private static List<SealCheck.Wrong> pages(StoreDriver driver, Connection connection)
      throws SQLException {
    return driver.rows().damagedPages(connection).stream()
        .map(damage -> new SealCheck.Wrong("its pages are damaged", ": " + damage))
        .toList();
  }

  private static List<SealCheck.Wrong> rows(
      StoreDriver driver,
      Connection connection,
      StoreSeal seal,
      long atLeast,
      RowDriver.Breaks breaks)
      throws SQLException {
    if (!driver.rows().hasSeals(connection)) {
      return List.of(
          new SealCheck.Wrong("its rows have no seals: start the server once, which adopts them"));
    }
    var keys = new SealKeys(seal);
    var findings = new ArrayList<>(new SealCheck(driver, connection, seal, keys).run(true, breaks));
    if (SealHead.read(connection, keys) instanceof SealHead.Stored.Is(SealHead head, Bytes _)
        && head.change() < atLeast) {
      findings.add(
          new SealCheck.Wrong(
              "an older copy was put in place",
              ": it stands at change %d, not %d".formatted(head.change(), atLeast)));
    }
    return findings;
  }
}
