package io.telltale.bench;

/** How the load looks: {@code connections} publishers with {@code inFlight} unanswered each. */
record LoadShape(String name, int connections, int inFlight) {
  static final LoadShape PIPELINED = new LoadShape("pipelined", 100, 10);
  static final LoadShape FLEET = new LoadShape("fleet", 500, 1);
}
