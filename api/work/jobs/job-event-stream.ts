import type { Readable } from 'node:stream';
import type { WaitedJob } from '../../../db/work/jobs/read-jobs.ts';
import type { JobEventView } from '../../../domain/work/jobs/job.ts';
import { isJobOver, type JobStatus } from '../../../domain/work/jobs/job-status.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { eventText, openEventStream } from '../../http/streams/event-stream.ts';
import type { Realtime } from '../../http/streams/realtime.ts';
import type { Waiters } from '../../http/waits/waiters.ts';

const PAGE = 200;
/** How long a client waits without looking at the row again. */
const LOOK_AGAIN_MS = 30_000;

/**
 * A job's events as server-sent events (docs/contracts/jobs.md, Reading): each is an unnamed event whose id is its
 * number. `end` comes after the last one of a job that is over. The client holds a number and not a queue: what it
 * does not take yet is read when it does.
 */
export function openJobEventStream(
  deps: {
    readonly realtime: Realtime;
    readonly jobWaiters: Pick<Waiters<WaitedJob>, 'wait'>;
    readonly log: Pick<Logger, 'warn'>;
  },
  client: {
    readonly workspaceId: string;
    readonly credentialId: string;
    readonly jobId: string;
    readonly after: number;
    /** Events after a number, in their order. */
    readonly read: (after: number, limit: number) => Promise<readonly JobEventView[]>;
    /** Null: the job is gone. */
    readonly readStatus: () => Promise<JobStatus | null>;
  },
): Readable {
  const gone = new AbortController();
  let room = Promise.withResolvers<void>();
  const stream = openEventStream(deps.realtime, {
    workspaceId: client.workspaceId,
    credentialId: client.credentialId,
    onRoom: () => room.resolve(),
    onClose() {
      gone.abort();
      room.resolve();
    },
    heartbeat: () => ': \n\n',
  });

  /** Sends what there is after a number, and says up to where. */
  async function send(from: number): Promise<number> {
    let after = from;
    for (;;) {
      const events = await client.read(after, PAGE);
      for (const event of events) stream.push(eventText({ id: event.seq, data: event }));
      after = events.at(-1)?.seq ?? after;
      if (events.length < PAGE || stream.hasEnded) return after;
      while (stream.isFull() && !stream.hasEnded) {
        await room.promise;
        room = Promise.withResolvers<void>();
      }
    }
  }

  async function follow(): Promise<void> {
    for (let { after } = client; !stream.hasEnded; ) {
      // Read before the events: of a job that is over there is none after those that are sent now.
      const status = await client.readStatus();
      after = await send(after);
      if (status === null || isJobOver(status)) {
        stream.end('end', { status });
        return;
      }
      const sent = after;
      await deps.jobWaiters.wait({
        workspaceId: client.workspaceId,
        id: client.jobId,
        judge: (row) => (row === null || row.event_seq > sent ? { answer: null } : { lookAgainInMs: LOOK_AGAIN_MS }),
        signal: gone.signal,
      });
    }
  }

  follow().catch((error: unknown) => {
    if (!stream.hasEnded) deps.log.warn({ err: error, jobId: client.jobId }, 'a job’s events could not be followed');
    stream.end('closed', { reason: 'unavailable' });
  });
  return stream.body;
}
