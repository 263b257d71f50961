package io.telltale.verifier;

import picocli.CommandLine.IVersionProvider;

/** Of the jar that the program is in. */
public final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {"telltale " + (version == null ? "(not from a jar)" : version)};
  }
}
