import type { AddressInfo } from 'node:net';
import { createSequencer } from '../../../db/evidence/journal/sequencer.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { type EntryFrame, openEntry } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { WakeBus } from '../../../platform/bus/wake-bus.ts';
import type { TestApi } from '../../support/test-api.ts';

export const log = { info() {}, warn() {}, error() {} };

/** Listens on a port of its own and returns it. */
export async function listen(api: TestApi): Promise<number> {
  await api.server.listen({ host: '127.0.0.1', port: 0 });
  return (api.server.server.address() as AddressInfo).port;
}

/** What every process that commits runs, without the relay: entries get positions and are announced. */
export function startSequencer(database: Database, bus: Pick<WakeBus, 'publish'>): { stop(): Promise<void> } {
  const sequencer = createSequencer({
    db: database,
    log,
    announce(grown) {
      for (const { workspaceId, position } of grown) {
        bus.publish({ topic: 'journal', id: workspaceId, workspaceId, position }).catch(() => {});
      }
    },
  });
  database.onCommit(({ journal }) => {
    if (journal) sequencer.nudge();
  });
  sequencer.start();
  return sequencer;
}

/** Commits entries of one transaction. */
export async function append(
  database: Database,
  workspaceId: string,
  entries: readonly (Partial<EntryFrame> & { summary: string; type?: string; payload?: JsonObject })[],
): Promise<void> {
  await database.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
    for (const { type = 'crew.action', payload = {}, ...entry } of entries) {
      tx.journal({ actor: systemActor(), workspaceId, ...entry, ...openEntry(type, payload) });
    }
  });
}

/** 1, 2, …, n. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index + 1);
}
