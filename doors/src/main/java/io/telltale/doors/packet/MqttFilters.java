package io.telltale.doors.packet;

/** Which topic filters a device may subscribe to: its own commands, and nothing else (IN-10). */
public final class MqttFilters {
  private static final String COMMANDS = "cmd/";

  private MqttFilters() {}

  /**
   * Whether {@code filter} matches only topics under {@code prefix}{@code cmd/}, where the prefix
   * is the device's own corner.
   */
  public static boolean ownCommands(String filter, String prefix) {
    String own = prefix + COMMANDS;
    if (!filter.startsWith(own)) {
      return false;
    }
    String rest = filter.substring(own.length());
    if (rest.equals("#") || rest.equals("+")) {
      return true;
    }
    return !rest.isEmpty() && rest.chars().allMatch(MqttFilters::isNameCharacter);
  }

  private static boolean isNameCharacter(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }
}
