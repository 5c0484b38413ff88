import { recordHostHeartbeat } from '../../commands/engine/hosts/host-heartbeat.ts';
import { seeDisk } from '../../platform/disk/see-disk.ts';
import type { Database } from '../../db/kernel/database.ts';
import type { DockerClient } from '../../platform/docker/docker-client.ts';
import type { Logger } from '../../platform/logging/logger.ts';

const INTERVAL_MS = 10_000;

/** Says that this host is there for as long as its daemon answers. Resolves after the first beat was recorded. */
export async function beatHost(deps: {
  db: Database;
  docker: Pick<DockerClient, 'version'>;
  log: Pick<Logger, 'warn'>;
  hostId: string;
  slots: number;
  /** Where its data is. */
  dataDir: string;
  minFreePercent: number;
}): Promise<{ stop(): void }> {
  async function beat(): Promise<void> {
    const disk = { ...(await seeDisk(deps.dataDir)), minFreePercent: deps.minFreePercent };
    const { architecture, engineVersion } = await deps.docker.version();
    await recordHostHeartbeat(deps.db, { hostId: deps.hostId, architecture, engineVersion, slots: deps.slots, disk });
  }
  await beat();
  let beating = Promise.resolve();
  const timer = setInterval(() => {
    beating = beating.then(beat).catch((error: unknown) => deps.log.warn({ err: error }, 'no heartbeat'));
  }, INTERVAL_MS);
  return { stop: () => clearInterval(timer) };
}
