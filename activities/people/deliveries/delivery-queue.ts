import { type DeliverySender, sendDelivery } from '../../../commands/people/deliveries/send-delivery.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { deliveriesNamed, dueDeliveries, nextLookOf } from '../../../db/people/deliveries/due-deliveries.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { QueueRegistrar } from '../../../platform/queues/queue-registrar.ts';
import { createRowQueue } from '../../../platform/queues/row-queue.ts';

/** They wait for receivers, and one that is slow holds up its own place alone. */
const AT_ONCE = 32;
const OPEN: ReadonlySet<string> = new Set(['failed', 'put_off', 'not_due']);

/** The queue that notifications leave by. */
export function createDeliveryQueue(
  deps: Omit<DeliverySender, 'db'> & {
    readonly db: Pick<Database, 'systemTransaction' | 'systemReads'>;
    readonly queues: Pick<QueueRegistrar, 'registerQueue'>;
    readonly log: Pick<Logger, 'debug' | 'warn'>;
    readonly reconcileMs?: number;
  },
): ReturnType<typeof createRowQueue> {
  const { systemReads } = deps.db;
  return createRowQueue({
    ...deps,
    ...{ name: 'deliveries', topic: 'delivery', concurrency: AT_ONCE },
    async work(deliveryId) {
      const outcome = await sendDelivery(deps, deliveryId);
      if (outcome === 'dead') deps.log.warn({ deliveryId }, 'a delivery is not tried any more');
      return OPEN.has(outcome) ? 'open' : 'settled';
    },
    next: (id) => nextLookOf(systemReads, id),
    named: (id) => deliveriesNamed(systemReads, id),
    due: () => dueDeliveries(systemReads),
  });
}
