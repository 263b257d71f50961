package io.telltale.bench;

import io.telltale.crypto.x509.Pem;
import io.telltale.testkit.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a user would run instead: mosquitto, a subscriber that parses the JSON and COPYs it into
 * PostgreSQL in batches of a second. No policy, no seal, no replay check, no provenance, no proof.
 */
final class PlainStack implements Line {
  private static final String TABLE =
      """
      CREATE TABLE readings (
        device text NOT NULL, sequence bigint NOT NULL, sent bigint NOT NULL,
        event_time bigint NOT NULL, received bigint NOT NULL, firmware text,
        temperature double precision, vibration double precision,
        pressure double precision, power double precision);
      CREATE INDEX ON readings (device, sequence)
      """;
  private static final int START_LOOKS = 200;

  private final Broker mosquitto;
  private final PostgresServer postgres;
  private final Process subscriber;
  private final Connection questions;

  private PlainStack(
      Broker mosquitto, PostgresServer postgres, Process subscriber, Connection questions) {
    this.mosquitto = mosquitto;
    this.postgres = postgres;
    this.subscriber = subscriber;
    this.questions = questions;
  }

  static PlainStack start(Path folder) throws IOException, InterruptedException {
    try {
      return started(folder);
    } catch (SQLException e) {
      throw new IOException("PostgreSQL refuses", e);
    }
  }

  private static PlainStack started(Path folder)
      throws IOException, InterruptedException, SQLException {
    StartedBroker mosquitto = Mosquitto.start(folder.resolve("mosquitto"));
    PostgresServer postgres =
        PostgresServer.in(folder.resolve("postgres"))
            .orElseThrow(
                () -> new IOException("PostgreSQL is missing: apt-get install postgresql"));
    Connection questions = DriverManager.getConnection(postgres.jdbcUrl());
    try (Statement make = questions.createStatement()) {
      make.execute(TABLE);
    }
    Path own = Files.createDirectories(folder.resolve("subscriber"));
    BenchAuthority.Issued issued = mosquitto.authority().device("subscriber");
    Files.writeString(
        own.resolve("ca.pem"), Pem.certificates(List.of(mosquitto.authority().root())));
    BenchFiles.write(own, issued);
    Process subscriber =
        StartedBroker.process(
            Jdk.java(
                List.of("-Xmx256m"),
                StackSubscriber.class,
                Integer.toString(mosquitto.port()),
                own.toString(),
                postgres.jdbcUrl()),
            own.resolve("subscriber.log"));
    Path ready = own.resolve("ready");
    for (int look = 0; !Files.exists(ready); look++) {
      if (look == START_LOOKS || !subscriber.isAlive()) {
        throw new IOException(Files.readString(own.resolve("subscriber.log")));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return new PlainStack(mosquitto, postgres, subscriber, questions);
  }

  @Override
  public Broker broker() {
    return mosquitto;
  }

  @Override
  public List<Part> parts() {
    return List.of(
        new Part("mosquitto", mosquitto.figures().cpu().process()),
        new Part("subscriber", new ProcessFigures(subscriber.pid()).cpu().process()),
        new Part("PostgreSQL", ProcessFigures.withDescendants(postgres.process())));
  }

  @Override
  public Path stored() {
    return postgres.dataFolder();
  }

  @Override
  public boolean shows(String device, long sequence) {
    try (PreparedStatement ask =
        questions.prepareStatement(
            "SELECT sequence FROM readings WHERE device = ? AND sequence = ? LIMIT 1")) {
      ask.setString(1, device);
      ask.setLong(2, sequence);
      try (ResultSet row = ask.executeQuery()) {
        return row.next();
      }
    } catch (SQLException e) {
      throw new IllegalStateException("asking PostgreSQL", e);
    }
  }

  @Override
  public void close() {
    try {
      questions.close();
    } catch (SQLException e) {
      System.err.println("closing the connection to PostgreSQL: " + e.getMessage());
    }
    subscriber.destroy();
    mosquitto.close();
    try {
      postgres.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
