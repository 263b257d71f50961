package io.telltale.bench;

/**
 * How the load looks: {@code connections} publishers with {@code inFlight} unanswered each.
 *
 * @param pauseMillis between a message and the next, longer where it is answered later; 0 for none
 */
record LoadShape(String name, int connections, int inFlight, int pauseMillis) {
  static final LoadShape PIPELINED = new LoadShape("pipelined", 100, 10, 0);
  static final LoadShape FLEET = new LoadShape("fleet", 500, 1, 0);

  /** About 5,000 messages a second from 500 publishers. */
  static final LoadShape PACED = new LoadShape("paced", 500, 1, 100);
}
