/** What one connection may take. */
export interface ConnectionLimits {
  /** Time in which a client must have logged in. */
  readonly handshakeMillis: number;
  /** Longest statement, in bytes. */
  readonly queryBytes: number;
}

export const DEFAULT_LIMITS: ConnectionLimits = { handshakeMillis: 10_000, queryBytes: 1 << 20 };

/** Clients at the same time. */
export const MAX_CONNECTIONS = 200;
