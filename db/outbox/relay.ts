import type { Logger } from '../../platform/logging/logger.ts';
import type { Database } from '../kernel/database.ts';
import { deleteInBatches } from './delete-in-batches.ts';
import { type ClaimedCommand, claimCommands, deferCommands, deleteCommands, parkCommand } from './outbox-queue.ts';

/** How one delivery ended. `refused` is for good. */
export type Delivery = 'delivered' | { readonly refused: string } | { readonly retry: string };

export interface RelayDeps {
  readonly db: Database;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  /** Names this process in the rows it holds. */
  readonly owner: string;
  /** Carries out one command, outside any transaction, within `deadlineMs`. */
  readonly deliver: (command: ClaimedCommand, deadlineMs: number) => Promise<Delivery>;
}

export interface Relay {
  /** There may be something: look now. Cheap, and any number of calls become one look. */
  nudge(): void;
  /** Starts the constant-rate sweep that finds what dead processes left. */
  start(): void;
  /** Claims nothing more and waits for what is under way. */
  stop(): Promise<void>;
}

const BATCH = 64;
/** More would only wait inside Temporal, run into the deadline there, and be tried again: an overload feeding itself. */
const MAX_IN_FLIGHT = 64;
const LEASE_MS = 5_000;
const DELIVERY_DEADLINE_MS = 4_000;
const SWEEP_INTERVAL_MS = 2_000;
const RETRY_BASE_MS = 250;
const RETRY_CAP_MS = 30_000;

function retryDelayMs(attempts: number): number {
  return Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(attempts, 10));
}

/**
 * Carries committed commands out. Claims are serial and short; deliveries run beside each other, so a slow target
 * holds nothing up. Commands for one target claimed together are delivered once. A delivery that outlives its lease
 * may be repeated by another process: every command is idempotent.
 */
export function createRelay(deps: RelayDeps): Relay {
  const inFlight = new Set<Promise<void>>();
  const forget = deleteInBatches((ids) => deleteCommands(deps.db, ids));
  let looking: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let sweep: NodeJS.Timeout | undefined;

  async function deliverGroup(commands: readonly ClaimedCommand[]): Promise<void> {
    // They say the same, but one that may start a closed workflow again says more.
    const newest = commands.findLast((command) => command.payload.again === true) ?? commands.at(-1)!;
    const ids = commands.map((command) => command.id);
    try {
      const delivery = await deps.deliver(newest, DELIVERY_DEADLINE_MS);
      if (delivery === 'delivered') await forget(ids);
      else if ('refused' in delivery) {
        deps.log.error({ target: newest.target, code: delivery.refused }, 'command parked');
        for (const command of commands) await parkCommand(deps.db, command, delivery.refused);
      } else await deferCommands(deps.db, ids, retryDelayMs(newest.attempts), delivery.retry);
    } catch (error) {
      // The database went away in between: the lease brings the commands back.
      deps.log.warn({ err: error, target: newest.target }, 'command left to its lease');
    }
  }

  async function look(): Promise<void> {
    do {
      again = false;
      const room = MAX_IN_FLIGHT - inFlight.size;
      if (room <= 0) {
        await Promise.race(inFlight);
        again = true;
        continue;
      }
      const limit = Math.min(BATCH, room);
      const claimed = await claimCommands(deps.db, { owner: deps.owner, limit, leaseMs: LEASE_MS });
      if (claimed.length === limit) again = true;
      for (const group of Map.groupBy(claimed, (command) => command.target).values()) {
        const delivery: Promise<void> = deliverGroup(group).finally(() => inFlight.delete(delivery));
        inFlight.add(delivery);
      }
    } while (again && !stopped);
  }

  function nudge(): void {
    if (stopped) return;
    again = true;
    looking ??= look()
      .catch((error: unknown) => deps.log.warn({ err: error }, 'outbox is out of reach'))
      .finally(() => {
        looking = undefined;
      });
  }

  return {
    nudge,
    start() {
      sweep = setInterval(nudge, SWEEP_INTERVAL_MS);
      nudge();
    },
    async stop() {
      stopped = true;
      clearInterval(sweep);
      await looking;
      await Promise.allSettled(inFlight);
    },
  };
}
