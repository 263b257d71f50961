package io.telltale.server;

import io.telltale.dbpostgres.PostgresDatabase;
import io.telltale.identity.CaToken;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What an operator may set: one YAML file, overridden by the environment. Every key, its default
 * and its bounds are in {@link ConfigReader}.
 *
 * @param data the data folder
 * @param trustDomain of every SPIFFE id; fixed at the first start
 * @param host the address that device-facing listeners bind
 * @param names DNS names and IP addresses in the server's certificate, at least one; devices are
 *     told the first
 * @param ports where each listener is; 0 picks a free port
 * @param limits bounds of the doors
 * @param disk when too little of it is free, and what may wait on it
 * @param pipeline how the pipeline commits
 * @param watchdog how long an event loop may be stuck before the process ends; zero for ever
 * @param passphraseFile holds the passphrase of the embedded key store; {@code null}-free: an empty
 *     path means none
 * @param statusUrl where others reach the CRL and OCSP, without a slash at its end; new
 *     certificates say so
 * @param database where the stores are, when they are not in files of the data folder
 * @param token where keys of CAs are made, when they are not in files of the data folder
 */
public record Config(
    Path data,
    String trustDomain,
    String host,
    List<String> names,
    Ports ports,
    Limits limits,
    Disk disk,
    PipelineSettings pipeline,
    Duration watchdog,
    Path passphraseFile,
    Optional<String> statusUrl,
    Optional<PostgresDatabase> database,
    Optional<CaToken.Place> token) {
  /** Where everything is unless somebody says otherwise: in the working folder. */
  public static final Path DATA_DEFAULT = Path.of("telltale-data").toAbsolutePath().normalize();

  /** Listeners by purpose. {@code api} and {@code metrics} bind to loopback only. */
  public record Ports(int mqtt, int enroll, int api, int metrics) {}

  /**
   * @param connectionsMax open connections of devices that have shown who they are
   * @param handshakesMax connections of one listener whose peers have not
   * @param handshakesPerSource that one source may begin a second at one listener
   * @param inFlightBytesMax admitted but not yet durable bytes, all connections together
   */
  public record Limits(
      int connectionsMax, int handshakesMax, int handshakesPerSource, long inFlightBytesMax) {}

  /**
   * @param freeLowBytes with less free space nothing more is taken in
   * @param freeHighBytes with more free space it is again
   * @param setAsideBytes of records that wait for closed scopes; where there are more, their
   *     partitions wait
   */
  public record Disk(long freeLowBytes, long freeHighBytes, long setAsideBytes) {}

  /**
   * @param commitEvery how long rows wait before they are committed
   * @param recordsMax how many records one commit takes at most
   */
  public record PipelineSettings(Duration commitEvery, int recordsMax) {}

  public boolean hasPassphrase() {
    return !passphraseFile.toString().isEmpty();
  }
}
