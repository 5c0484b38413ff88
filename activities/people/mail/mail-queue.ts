import { sendMail, type MailSender } from '../../../commands/people/mail/send-mail.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { type DueMail, dueMails, nextTryOf } from '../../../db/people/mail/due-mails.ts';
import type { WakeBus } from '../../../platform/bus/wake-bus.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { QueueRegistrar } from '../../../platform/queues/queue-registrar.ts';

/** As often as rows and workflows are compared: what an emptied Redis forgot is at most so late. */
const RECONCILE_MS = 300_000;
const PAGE = 500;
const AT_ONCE = 4;
const MINUTE_MS = 60_000;

/**
 * The queue that mails are sent by. A commit with a mail wakes every process that sends, and the row decides which one
 * does. The row also says when it is tried again, and a job for that moment waits in Redis: nothing asks meanwhile.
 * What no job is left of is found whenever wakes may have been missed, and by a pass every five minutes.
 */
export function createMailQueue(
  deps: Omit<MailSender, 'db'> & {
    readonly db: Pick<Database, 'systemTransaction' | 'systemReads'>;
    readonly queues: Pick<QueueRegistrar, 'registerQueue'>;
    readonly log: Pick<Logger, 'debug' | 'info' | 'warn'>;
    readonly reconcileMs?: number;
  },
): { listen(bus: Pick<WakeBus, 'subscribe'>): Promise<void> } {
  const { systemReads } = deps.db;
  const queue = deps.queues.registerQueue<'send' | 'sweep'>({
    name: 'mail',
    concurrency: AT_ONCE,
    attempts: 1,
    backoffMs: MINUTE_MS,
    schedules: [{ job: 'sweep', everyMs: deps.reconcileMs ?? RECONCILE_MS }],
    handle: ({ name, ids }) => (name === 'sweep' ? reconcile() : send(ids.mailId!, Number(ids.turn ?? 0))),
  });

  /** `turn`: jobs of one turn that leave one for later leave the same one. */
  async function send(mailId: string, turn: number): Promise<void> {
    const outcome = await sendMail(deps, mailId);
    if (outcome === 'dead') deps.log.warn({ mailId }, 'a mail is not tried any more');
    if (outcome === 'put_off') deps.log.info({ mailId }, 'a mail is put off');
    if (outcome === 'sent' || outcome === 'dead') return;
    // Not due is also what a process left that died in the middle: its lease says when somebody else may.
    const next = await nextTryOf(systemReads, mailId);
    if (next === null) return;
    const ids = { mailId, turn: String(turn + 1) };
    const jobId = `${mailId}-${next.attempts}-${ids.turn}`;
    await queue.enqueue('send', ids, { jobId, delayMs: Math.max(0, next.dueInMs) });
  }

  async function reconcile(): Promise<void> {
    // Within a minute a mail that is still due after the same tries is one job.
    const minute = Math.floor(Date.now() / MINUTE_MS);
    let page: readonly DueMail[] = [];
    do {
      page = await dueMails(systemReads, { after: page.at(-1) ?? null, limit: PAGE });
      for (const { id, attempts } of page) {
        const ids = { mailId: id, turn: String(minute) };
        await queue.enqueue('send', ids, { jobId: `${id}-${attempts}-${minute}` });
      }
    } while (page.length === PAGE);
  }

  function ask(job: 'send' | 'sweep', mailId?: string): void {
    const asked =
      mailId === undefined ? queue.enqueue(job, {}) : queue.enqueue(job, { mailId }, { jobId: `${mailId}-woken` });
    // What Redis does not take now is found when it is back.
    asked.catch((error: unknown) => deps.log.debug({ err: error }, 'a mail waits for the next pass'));
  }

  return {
    listen: (bus) =>
      bus.subscribe({
        onWake({ topic, id }) {
          if (topic === 'mail') ask('send', id);
        },
        onReconnect: () => ask('sweep'),
      }),
  };
}
