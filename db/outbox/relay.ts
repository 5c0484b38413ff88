import type { Logger } from '../../platform/logging/logger.ts';
import type { Database } from '../kernel/database.ts';
import { deleteInBatches } from './delete-in-batches.ts';
import {
  type ClaimedCommand,
  claimCommands,
  type CommandKind,
  deferCommands,
  deleteCommands,
  parkCommand,
} from './outbox-queue.ts';

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
  /** Looks now, as there may be something. Cheap, and any number of calls become one look. */
  nudge(): void;
  /** Starts the constant-rate sweep that finds what dead processes left. */
  start(): void;
  /** Claims nothing more and waits for what is under way. */
  stop(): Promise<void>;
}

/**
 * Deliveries of each kind at once. More of workflows would only wait inside Temporal, run into the deadline there, and
 * be tried again: an overload feeding itself.
 */
const MAX_IN_FLIGHT: Readonly<Record<CommandKind, number>> = { wake: 64, workflow: 64 };
const LEASE_MS = 5_000;
const DELIVERY_DEADLINE_MS = 4_000;
const SWEEP_INTERVAL_MS = 2_000;
const RETRY_BASE_MS = 250;
const RETRY_CAP_MS = 30_000;

function retryDelayMs(attempts: number): number {
  return Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(attempts, 10));
}

/**
 * Carries committed commands out. Claims are serial and short; deliveries run beside each other, each kind in a lane of
 * its own, so that wakes of waiting agents never queue behind a Temporal that is slow or away. Commands for one target
 * claimed together are delivered once. A delivery that outlives its lease may be repeated by another process: every
 * command is idempotent.
 */
export function createRelay(deps: RelayDeps): Relay {
  const inFlight: Readonly<Record<CommandKind, Set<Promise<void>>>> = { wake: new Set(), workflow: new Set() };
  // Lanes that had no room for all that was due.
  const crowded = new Set<CommandKind>();
  const forget = deleteInBatches((ids) => deleteCommands(deps.db, ids));
  let looking: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let sweep: NodeJS.Timeout | undefined;

  async function deliverGroup(commands: readonly ClaimedCommand[]): Promise<void> {
    // Both say the same, but one that may start a closed workflow again says more.
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
      const limits = {
        wake: MAX_IN_FLIGHT.wake - inFlight.wake.size,
        workflow: MAX_IN_FLIGHT.workflow - inFlight.workflow.size,
      };
      if (limits.wake + limits.workflow === 0) {
        crowded.add('wake').add('workflow');
        return;
      }
      const claimed = await claimCommands(deps.db, { owner: deps.owner, limits, leaseMs: LEASE_MS });
      for (const kind of ['wake', 'workflow'] as const) {
        const ofKind = claimed.filter((command) => command.kind === kind);
        for (const group of Map.groupBy(ofKind, (command) => command.target).values()) start(kind, group);
        if (ofKind.length < limits[kind]) crowded.delete(kind);
        else crowded.add(kind);
        // Commands for one target took one place: there is room for more.
        if (ofKind.length > 0 && crowded.has(kind) && inFlight[kind].size < MAX_IN_FLIGHT[kind]) again = true;
      }
    } while (again && !stopped);
  }

  function start(kind: CommandKind, group: readonly ClaimedCommand[]): void {
    const delivery: Promise<void> = deliverGroup(group).finally(() => {
      inFlight[kind].delete(delivery);
      if (crowded.has(kind)) nudge();
    });
    inFlight[kind].add(delivery);
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
      await Promise.allSettled([...inFlight.wake, ...inFlight.workflow]);
    },
  };
}
