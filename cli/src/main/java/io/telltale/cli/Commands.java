package io.telltale.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/** Every command that this module gives the one program. */
public final class Commands {
  private Commands() {}

  /** By name, in the order of the help text. */
  public static Map<String, Object> all() {
    var commands = new LinkedHashMap<String, Object>();
    commands.put("status", new StatusCommand());
    commands.put("device", new DeviceCommand());
    commands.put("enroll-token", new EnrollTokenCommand());
    commands.put("policy", new PolicyCommand());
    commands.put("query", new QueryCommand());
    commands.put("tables", new TablesCommand());
    commands.put("trace", new TraceCommand());
    commands.put("deadletter", new DeadLetterCommand());
    commands.put("proof", new ProofCommand());
    commands.put("verify", new VerifyCommand());
    commands.put("ledger", new LedgerCommand());
    commands.put("key", new KeyCommand());
    return commands;
  }
}
