package io.telltale.device;

/** How many of the readings that an earlier run had kept have their answer by now. */
public record EarlierAnswers(int acknowledged, int refused) {
  public boolean isNone() {
    return acknowledged == 0 && refused == 0;
  }
}
