import { listRunningCrews, markContainerGone, markSidecarGone, type RunningCrew } from '../../db/crews/crew-actor.ts';
import type { Database } from '../../db/kernel/database.ts';
import type { DockerClient } from '../../platform/docker/docker-client.ts';
import type { DockerEvents } from '../../platform/docker/docker-events.ts';
import type { Logger } from '../../platform/logging/logger.ts';
import { listCrewContainers } from './container/crew-container.ts';

/**
 * Keeps crew rows true to the daemon: told by its events, and by one comparison whenever the event stream is
 * (re-)established, which is also at boot. Costs nothing while nothing happens.
 */
export function watchCrewContainers(deps: {
  db: Database;
  docker: DockerClient;
  events: DockerEvents;
  log: Pick<Logger, 'warn'>;
  hostId: string;
  stackId: string;
}): { close(): Promise<void> } {
  let work: Promise<void> = Promise.resolve();
  const later = (what: () => Promise<void>) => {
    work = work
      .then(what)
      .catch((error: unknown) => deps.log.warn({ err: error }, 'crew containers were not compared'));
  };

  async function compare(only: (crew: RunningCrew) => boolean): Promise<void> {
    const crews = (await listRunningCrews(deps.db, deps.hostId)).filter(only);
    if (crews.length === 0) return;
    const containers = await listCrewContainers(deps.docker, deps.stackId);
    const running = new Set(containers.filter((item) => item.status === 'running').map((item) => item.containerId));
    for (const crew of crews) {
      try {
        await compareOne(crew, running);
      } catch (error) {
        deps.log.warn({ err: error, crew_id: crew.id }, 'a crew container was not compared');
      }
    }
  }

  async function compareOne(crew: RunningCrew, running: ReadonlySet<string>): Promise<void> {
    const address = { workspaceId: crew.workspace_id, crewId: crew.id };
    if (!running.has(crew.container_id)) {
      await markContainerGone(deps.db, { ...address, containerId: crew.container_id });
      return;
    }
    if (crew.sidecar_exec_id === null) return;
    const sidecar = await deps.docker.inspectExec(crew.sidecar_exec_id);
    if (sidecar?.running !== true) await markSidecarGone(deps.db, { ...address, execId: crew.sidecar_exec_id });
  }

  const unsubscribe = deps.events.subscribe((event) => {
    switch (event.kind) {
      case 'resync':
        later(() => compare(() => true));
        return;
      case 'die':
        later(() => compare((crew) => crew.container_id === event.containerId));
        return;
      case 'exec_die':
        later(() => compare((crew) => crew.sidecar_exec_id === event.execId));
        return;
      default:
    }
  });
  return {
    async close() {
      unsubscribe();
      await work;
    },
  };
}
