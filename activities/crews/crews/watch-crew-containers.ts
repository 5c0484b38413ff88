import { markContainerGone } from '../../../commands/engine/crews/advance-crew.ts';
import { markSidecarGone } from '../../../commands/engine/crews/crew-sidecar.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import type { DockerEvent, DockerEvents } from '../../../platform/docker/docker-events.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { listCrewContainers } from '../containers/crew-container.ts';
import { LABEL } from '../containers/crew-container-options.ts';
import { listRunningCrews, type RunningCrew } from '../../../db/crews/crews/running-crew.ts';

/**
 * Keeps crew rows true to the daemon: told by its events, and by one comparison whenever the event stream is
 * (re-)established, which is also at boot. Costs nothing while nothing happens. `compareAll` compares once more, for
 * events that the daemon dropped and rows that came back from an older backup.
 */
export function watchCrewContainers(deps: {
  db: Database;
  docker: DockerClient;
  events: DockerEvents;
  log: Pick<Logger, 'warn'>;
  hostId: string;
  stackId: string;
}): { compareAll(): Promise<void>; close(): Promise<void> } {
  let work: Promise<void> = Promise.resolve();
  const later = (what: () => Promise<void>) => {
    work = work
      .then(what)
      .catch((error: unknown) => deps.log.warn({ err: error }, 'crew containers were not compared'));
  };

  /** For all at once: one list of what runs. */
  async function compareAll(): Promise<void> {
    const containers = await listCrewContainers(deps.docker, deps.stackId);
    const running = new Set(containers.filter((item) => item.status === 'running').map((item) => item.containerId));
    await compare(
      () => true,
      (containerId) => Promise.resolve(running.has(containerId)),
    );
  }

  /**
   * For the one an event is about: the daemon tells of an end before its lists show it, so the container is asked for.
   */
  async function isRunning(containerId: string): Promise<boolean> {
    return (await deps.docker.inspectContainer(containerId))?.running === true;
  }

  async function compare(
    only: (crew: RunningCrew) => boolean,
    runs: (containerId: string) => Promise<boolean>,
  ): Promise<void> {
    for (const crew of (await listRunningCrews(deps.db, deps.hostId)).filter(only)) {
      try {
        await compareOne(crew, await runs(crew.container_id));
      } catch (error) {
        deps.log.warn({ err: error, crew_id: crew.id }, 'a crew container was not compared');
      }
    }
  }

  async function compareOne(crew: RunningCrew, running: boolean): Promise<void> {
    const address = { workspaceId: crew.workspace_id, crewId: crew.id };
    if (!running) {
      await markContainerGone(deps.db, { ...address, containerId: crew.container_id });
      return;
    }
    if (crew.sidecar_exec_id === null) return;
    const sidecar = await deps.docker.inspectExec(crew.sidecar_exec_id);
    if (sidecar?.running !== true) await markSidecarGone(deps.db, { ...address, execId: crew.sidecar_exec_id });
  }

  /** The container of a crew's sidecars ended, and whatever ran in it. */
  function isTheirSidecar({ labels }: DockerEvent & { kind: 'die' }, crew: RunningCrew): boolean {
    return labels[LABEL.sidecar] !== undefined && labels[LABEL.crew] === crew.id;
  }

  const unsubscribe = deps.events.subscribe((event) => {
    switch (event.kind) {
      case 'resync':
        later(compareAll);
        return;
      case 'die':
        later(() =>
          compare((crew) => crew.container_id === event.containerId || isTheirSidecar(event, crew), isRunning),
        );
        return;
      case 'exec_die':
        later(() => compare((crew) => crew.sidecar_exec_id === event.execId, isRunning));
        return;
      default:
    }
  });
  return {
    async compareAll() {
      later(compareAll);
      await work;
    },
    async close() {
      unsubscribe();
      await work;
    },
  };
}
