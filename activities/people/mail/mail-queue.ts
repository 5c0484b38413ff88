import { sendMail, type MailSender } from '../../../commands/people/mail/send-mail.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { dueMails } from '../../../db/people/mail/due-mails.ts';
import type { WakeBus } from '../../../platform/bus/wake-bus.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { QueueRegistrar } from '../../../platform/queues/queue-registrar.ts';

/** What a lost wake, an emptied Redis or a pause left is looked for so often. */
const SWEEP_MS = 10_000;
const SWEEP_LIMIT = 200;
const AT_ONCE = 4;
const MINUTE_MS = 60_000;

/**
 * The queue that mails are sent by. A commit with a mail wakes every process that sends, and the row decides which one
 * does. The row also says when it is tried again, so a job is tried once.
 */
export function createMailQueue(
  deps: Omit<MailSender, 'db'> & {
    readonly db: Pick<Database, 'systemTransaction' | 'systemReads'>;
    readonly queues: Pick<QueueRegistrar, 'registerQueue'>;
    readonly log: Pick<Logger, 'debug' | 'info' | 'warn'>;
    readonly sweepMs?: number;
  },
): { listen(bus: Pick<WakeBus, 'subscribe'>): Promise<void> } {
  const queue = deps.queues.registerQueue<'send' | 'sweep'>({
    name: 'mail',
    concurrency: AT_ONCE,
    attempts: 1,
    backoffMs: SWEEP_MS,
    schedules: [{ job: 'sweep', everyMs: deps.sweepMs ?? SWEEP_MS }],
    async handle({ name, ids }) {
      if (name === 'sweep') return sweep();
      const outcome = await sendMail(deps, ids.mailId!);
      if (outcome === 'dead') deps.log.warn({ mailId: ids.mailId }, 'a mail is not tried any more');
      else if (outcome === 'put_off') deps.log.info({ mailId: ids.mailId }, 'a mail is put off');
    },
  });

  async function sweep(): Promise<void> {
    // Within a minute a mail that is still due after the same tries is one job.
    const minute = Math.floor(Date.now() / MINUTE_MS);
    for (const { id, attempts } of await dueMails(deps.db.systemReads, SWEEP_LIMIT)) {
      await queue.enqueue('send', { mailId: id }, { jobId: `${id}-${attempts}-${minute}` });
    }
  }

  return {
    listen: (bus) =>
      bus.subscribe({
        onWake({ topic, id }) {
          if (topic !== 'mail') return;
          // What Redis does not take now is found by the sweep.
          queue
            .enqueue('send', { mailId: id })
            .catch((error: unknown) => deps.log.debug({ err: error }, 'a mail waits for the sweep'));
        },
        onReconnect() {},
      }),
  };
}
