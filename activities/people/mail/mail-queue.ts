import { sendMail, type MailSender } from '../../../commands/people/mail/send-mail.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { dueMails, nextTryOf } from '../../../db/people/mail/due-mails.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { QueueRegistrar } from '../../../platform/queues/queue-registrar.ts';
import { createRowQueue } from '../../../platform/queues/row-queue.ts';

const AT_ONCE = 4;

/** The queue that mails of accounts are sent by. */
export function createMailQueue(
  deps: Omit<MailSender, 'db'> & {
    readonly db: Pick<Database, 'systemTransaction' | 'systemReads'>;
    readonly queues: Pick<QueueRegistrar, 'registerQueue'>;
    readonly log: Pick<Logger, 'debug' | 'info' | 'warn'>;
    readonly reconcileMs?: number;
  },
): ReturnType<typeof createRowQueue> {
  const { systemReads } = deps.db;
  return createRowQueue({
    ...deps,
    ...{ name: 'mail', topic: 'mail', concurrency: AT_ONCE },
    async work(mailId) {
      const outcome = await sendMail(deps, mailId);
      if (outcome === 'dead') deps.log.warn({ mailId }, 'a mail is not tried any more');
      if (outcome === 'put_off') deps.log.info({ mailId }, 'a mail is put off');
      return outcome === 'sent' || outcome === 'dead' ? 'settled' : 'open';
    },
    next: (id) => nextTryOf(systemReads, id),
    async named(id) {
      const row = await nextTryOf(systemReads, id);
      return row === null ? [] : [row];
    },
    due: () => dueMails(systemReads),
  });
}
