package io.telltale.leases;

/** What a principal may be granted to do with a scope's keys. */
public enum Operation {
  /** Take public halves and announce leases. */
  SEAL,
  /** Get the secrets of leases and of files. */
  OPEN,
  /** Make file keys. */
  WRAP,
  /** Re-wrap under a new version. */
  ROTATE,
  /** Disable and enable. */
  DISABLE,
  /** Destroy. */
  DESTROY
}
