import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createSequencer } from '../../../db/evidence/journal/sequencer.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { type EntryFrame, openEntry } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { createWakeBus, type WakeBus } from '../../../platform/bus/wake-bus.ts';
import { startTestRedis } from '../../platform/bus/test-redis.ts';
import { startTestApi, type TestApi } from '../../support/test-api.ts';

export const log = { info() {}, warn() {}, error() {} };

export interface TestBuses {
  readonly redisUrl: string;
  /** Another process's connection to the wakes that this file's processes tell each other. */
  open(redisUrl?: string): WakeBus;
  close(): Promise<void>;
}

/** Wakes of a namespace of the file's own. */
export async function openBuses(purpose: string): Promise<TestBuses> {
  const redis = await startTestRedis(purpose);
  const namespace = randomUUID();
  const buses: WakeBus[] = [];
  return {
    redisUrl: redis.redisUrl,
    open(redisUrl = redis.redisUrl) {
      const bus = createWakeBus({ redisUrl, namespace, log });
      buses.push(bus);
      return bus;
    },
    async close() {
      for (const bus of buses) await bus.close();
      await redis.stop();
    },
  };
}

/** A test API that listens on a port of its own. */
export async function startListeningApi(
  options: Parameters<typeof startTestApi>[0],
): Promise<TestApi & { readonly port: number }> {
  const api = await startTestApi(options);
  return { ...api, port: await listen(api) };
}

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
