import readline from 'node:readline';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';

/** Knows when the daemon began to start which exec. */
export interface ExecWatch {
  readonly docker: Docker;
  /** Milliseconds since the epoch; waits for the daemon to say so. */
  startedAtMs(execId: string): Promise<number>;
  close(): void;
}

interface ExecEvent {
  Action?: string;
  timeNano?: number;
  Actor?: { Attributes?: { execID?: string } };
}

/** Follows the daemon's events: its word is the same for execs of the product and for those they are compared with. */
export async function watchExecs(docker: Docker): Promise<ExecWatch> {
  const stream = (await docker.getEvents({ filters: { type: ['container'] } })) as Readable;
  const starts = new Map<string, PromiseWithResolvers<number>>();
  const startOf = (execId: string) => {
    const known = starts.get(execId) ?? Promise.withResolvers<number>();
    starts.set(execId, known);
    return known;
  };
  readline.createInterface({ input: stream }).on('line', (line) => {
    const event = JSON.parse(line) as ExecEvent;
    const execId = event.Actor?.Attributes?.execID;
    if (execId === undefined || event.timeNano === undefined) return;
    if (event.Action?.startsWith('exec_start')) startOf(execId).resolve(event.timeNano / 1e6);
  });
  return {
    docker,
    startedAtMs: (execId) => startOf(execId).promise,
    close: () => void stream.destroy(),
  };
}
