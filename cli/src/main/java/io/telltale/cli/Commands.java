package io.telltale.cli;

import io.telltale.cli.device.DeviceCommand;
import io.telltale.cli.device.EnrollTokenCommand;
import io.telltale.cli.device.RekeyCommand;
import io.telltale.cli.ledger.LedgerCommand;
import io.telltale.cli.policy.PolicyCommand;
import io.telltale.cli.query.DeadLetterCommand;
import io.telltale.cli.query.ProofCommand;
import io.telltale.cli.query.QueryCommand;
import io.telltale.cli.query.TablesCommand;
import io.telltale.cli.query.TraceCommand;
import io.telltale.cli.service.AuthorityCommand;
import io.telltale.cli.service.CertificateCommand;
import io.telltale.cli.service.KeyCommand;
import io.telltale.cli.service.StatusCommand;
import io.telltale.verifier.VerifyCommand;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Every command that this module gives the one program. Each is made when it is asked for: to make
 * all, and to read their annotations, costs more than most of them take.
 */
public final class Commands {
  private static final Map<String, String> PURPOSES = purposesInOrder();

  private Commands() {}

  /** What each is for, by name, in the order of the help text. */
  public static Map<String, String> purposes() {
    return PURPOSES;
  }

  /** A new command of that name, for picocli; {@code name} must be one of {@link #purposes}. */
  public static Object named(String name) {
    return switch (name) {
      case "status" -> new StatusCommand();
      case "device" -> new DeviceCommand();
      case "enroll-token" -> new EnrollTokenCommand();
      case "rekey" -> new RekeyCommand();
      case "policy" -> new PolicyCommand();
      case "query" -> new QueryCommand();
      case "tables" -> new TablesCommand();
      case "trace" -> new TraceCommand();
      case "deadletter" -> new DeadLetterCommand();
      case "proof" -> new ProofCommand();
      case "verify" -> new VerifyCommand();
      case "ledger" -> new LedgerCommand();
      case "key" -> new KeyCommand();
      case "authority" -> new AuthorityCommand();
      case "certificate" -> new CertificateCommand();
      default -> throw new IllegalArgumentException("no command " + name);
    };
  }

  // Constants of the classes, which are not loaded for them.
  private static Map<String, String> purposesInOrder() {
    var purposes = new LinkedHashMap<String, String>();
    purposes.put("status", StatusCommand.PURPOSE);
    purposes.put("device", DeviceCommand.PURPOSE);
    purposes.put("enroll-token", EnrollTokenCommand.PURPOSE);
    purposes.put("rekey", RekeyCommand.PURPOSE);
    purposes.put("policy", PolicyCommand.PURPOSE);
    purposes.put("query", QueryCommand.PURPOSE);
    purposes.put("tables", TablesCommand.PURPOSE);
    purposes.put("trace", TraceCommand.PURPOSE);
    purposes.put("deadletter", DeadLetterCommand.PURPOSE);
    purposes.put("proof", ProofCommand.PURPOSE);
    purposes.put("verify", VerifyCommand.PURPOSE);
    purposes.put("ledger", LedgerCommand.PURPOSE);
    purposes.put("key", KeyCommand.PURPOSE);
    purposes.put("authority", AuthorityCommand.PURPOSE);
    purposes.put("certificate", CertificateCommand.PURPOSE);
    return Collections.unmodifiableMap(purposes);
  }
}
