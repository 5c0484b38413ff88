import type { WakeBus } from '../bus/wake-bus.ts';
import type { Logger } from '../logging/logger.ts';
import type { QueueRegistrar } from './queue-registrar.ts';

/** When a row may be worked on, by the database's clock. */
export interface DueRow {
  readonly id: string;
  /** In milliseconds since 1970. */
  readonly dueAtMs: number;
  readonly dueInMs: number;
}

/** As often as rows and workflows are compared: what an emptied Redis forgot is at most so late. */
const RECONCILE_MS = 300_000;
const MINUTE_MS = 60_000;

/**
 * A queue of rows that are worked on by and by. A commit wakes every process that works, and the row decides which one
 * does. The row also says when it is looked at again, and a job for that moment waits in Redis: nothing asks meanwhile.
 * What no job is left of is found whenever wakes may have been missed, and by a pass every five minutes.
 */
export function createRowQueue(deps: {
  readonly name: string;
  /** Of the wakes that name rows. */
  readonly topic: Parameters<Parameters<WakeBus['subscribe']>[0]['onWake']>[0]['topic'];
  readonly concurrency: number;
  readonly queues: Pick<QueueRegistrar, 'registerQueue'>;
  readonly log: Pick<Logger, 'debug'>;
  readonly reconcileMs?: number;
  /** Works on a row, if it is due and nobody else does; says whether it may have to be looked at again. */
  work(id: string): Promise<'settled' | 'open'>;
  /** When a row may be worked on next; null: it is settled or gone. */
  next(id: string): Promise<DueRow | null>;
  /** The open rows that a wake names. */
  named(id: string): Promise<readonly DueRow[]>;
  /** The rows that are due, a page at a time. */
  due(): AsyncIterable<readonly DueRow[]>;
}): { listen(bus: Pick<WakeBus, 'subscribe'>): Promise<void> } {
  const queue = deps.queues.registerQueue<'send' | 'woken' | 'sweep'>({
    name: deps.name,
    concurrency: deps.concurrency,
    attempts: 1,
    backoffMs: MINUTE_MS,
    schedules: [{ job: 'sweep', everyMs: deps.reconcileMs ?? RECONCILE_MS }],
    async handle({ name, ids }) {
      if (name === 'sweep') await reconcile();
      else if (name === 'send') await send(ids.id!, Number(ids.turn ?? 0));
      else for (const row of await deps.named(ids.id!)) await leave(row, 0);
    },
  });

  /** `turn`: jobs of one turn that leave one for later leave the same one. */
  async function leave(row: DueRow, turn: number | string): Promise<void> {
    const ids = { id: row.id, turn: String(turn) };
    await queue.enqueue('send', ids, {
      jobId: `${row.id}-${row.dueAtMs}-${turn}`,
      delayMs: Math.max(0, row.dueInMs),
    });
  }

  async function send(id: string, turn: number): Promise<void> {
    if ((await deps.work(id)) === 'settled') return;
    // Not due is also what a process left that died in the middle: its lease says when somebody else may.
    const next = await deps.next(id);
    if (next !== null) await leave(next, turn + 1);
  }

  async function reconcile(): Promise<void> {
    // Within a minute a row that is still due is one job.
    const minute = Math.floor(Date.now() / MINUTE_MS);
    for await (const page of deps.due()) for (const row of page) await leave(row, minute);
  }

  function ask(job: 'woken' | 'sweep', id?: string): void {
    // Every process is woken; within a second they ask for the same.
    const woken = { jobId: `${id}-woken-${Math.floor(Date.now() / 1_000)}` };
    const asked = id === undefined ? queue.enqueue(job, {}) : queue.enqueue(job, { id }, woken);
    // What Redis does not take now is found when it is back.
    asked.catch((error: unknown) => deps.log.debug({ err: error, queue: deps.name }, 'a row waits for the next pass'));
  }

  return {
    listen: (bus) =>
      bus.subscribe({
        onWake({ topic, id }) {
          if (topic === deps.topic) ask('woken', id);
        },
        onReconnect: () => ask('sweep'),
      }),
  };
}
