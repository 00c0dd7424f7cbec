import type { ClientConnection } from './kill';

/** MySQL's own `long_query_time`. */
export const SLOW_QUERY_SECONDS = 10;

/** What one server has done since its start. */
export class ServerStatus {
  private readonly startedAt = performance.now();
  private readonly counts = { connections: 0, statements: 0, slow: 0, running: 0 };

  public countConnection(): void {
    this.counts.connections += 1;
  }

  /** Runs a statement, and counts it. */
  public async measure<T>(run: () => Promise<T>): Promise<T> {
    const { counts } = this;
    counts.statements += 1;
    counts.running += 1;
    const start = performance.now();
    try {
      return await run();
    } finally {
      counts.running -= 1;
      counts.slow += performance.now() - start > 1000 * SLOW_QUERY_SECONDS ? 1 : 0;
    }
  }

  /** Under the names of MySQL. What counts its own tables is 0, for it has none. */
  public told(open: number): Readonly<Record<string, number>> {
    const { connections, statements, slow, running } = this.counts;
    return {
      Connections: connections,
      Flush_commands: 0,
      Open_tables: 0,
      Opened_tables: 0,
      Queries: statements,
      Questions: statements,
      Slow_queries: slow,
      Threads_connected: open,
      Threads_running: running,
      Uptime: Math.floor((performance.now() - this.startedAt) / 1000),
    };
  }
}

/** As COM_STATISTICS tells it. */
export function statisticsText({
  status,
  connections,
}: {
  readonly status: ServerStatus;
  readonly connections: ReadonlyMap<number, ClientConnection>;
}): string {
  const told = status.told(connections.size);
  const average = told.Questions / Math.max(told.Uptime, 1);
  return (
    `Uptime: ${told.Uptime}  Threads: ${told.Threads_connected}  Questions: ${told.Questions}  ` +
    `Slow queries: ${told.Slow_queries}  Opens: ${told.Opened_tables}  Flush tables: ${told.Flush_commands}  ` +
    `Open tables: ${told.Open_tables}  Queries per second avg: ${average.toFixed(3)}`
  );
}
