import type { Database } from '../../../db/kernel/database.ts';
import {
  type FoundContainer,
  giveUpContainer,
  isWanted,
  journalFoundAttempt,
} from '../../../commands/instance/reconcile/give-up-container.ts';
import { readKnownWorkspaces } from '../../../db/instance/reconcile/read-known-workspaces.ts';
import { workflowId } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { WorkflowLookup } from '../../../platform/temporal/workflow-lookup.ts';
import {
  type ListedCrewContainer,
  listWithSidecars,
  removeOneCrewContainer,
} from '../../crews/containers/crew-container.ts';
import { listCrewNetworks, removeCrewNetwork } from '../../crews/containers/crew-network.ts';
import { isHookId } from '../../crews/crews/post-start/run-post-start.ts';
import { type AttemptDeps, attemptOfExec, endAttempt } from '../../work/runs/exec/attempt-exec.ts';
import { type ContainerCrew, readContainerCrews } from '../../../db/instance/reconcile/read-container-crews.ts';
import { findKeptRuns } from '../../../db/crews/ports/kept-runs.ts';
import { findUnknownAttempts } from '../../../db/instance/reconcile/find-unknown-attempts.ts';
import { readKnownExecs } from '../../../db/instance/reconcile/read-known-execs.ts';

export interface ReconcileContainersDeps {
  readonly db: Database;
  readonly docker: DockerClient;
  readonly attempts: Pick<AttemptDeps, 'groups'>;
  readonly workflows: Pick<WorkflowLookup, 'inspect'>;
  readonly stackId: string;
  /** The host whose containers these are: a crew that was moved to another wants nothing here. */
  readonly hostId: string;
  readonly log: Pick<Logger, 'warn'>;
}

const CANCEL_GRACE_MS = 5_000;

/**
 * Compares what runs on this host with the rows: removes containers that no row wants and no workflow takes down, and
 * ends attempts that no row knows and no workflow follows. Both come of an older backup of Postgres. Networks and
 * sidecars that are left without a container go too. The other direction, a container that is gone, is
 * `watchCrewContainers`. When all is well it is two lists, one query, and one look at each running container. Returns
 * the number of repairs.
 */
export async function reconcileContainers(deps: ReconcileContainersDeps): Promise<number> {
  const { db, docker, log } = deps;
  // Networks are listed first: who starts a container then has its network in the list or its row says so.
  const networks = await listCrewNetworks(docker, deps.stackId);
  const { containers, sidecars } = await listWithSidecars(docker, deps.stackId);
  const found = [...containers, ...sidecars, ...networks];
  const crews = await readContainerCrews(
    db,
    found.map(({ crewId }) => crewId),
  );
  const known = await readKnownWorkspaces(db.systemReads, [...new Set(found.map(({ workspaceId }) => workspaceId))]);
  let repairs = 0;
  for (const container of containers) {
    if (!known.has(container.workspaceId)) {
      // Rather another database than one that lost a workspace: nothing is ended on that ground.
      log.warn({ container_id: container.containerId }, 'a container of an unknown workspace is left alone');
      continue;
    }
    const crew = crews.get(container.crewId);
    if (!isWanted(crew, container, deps.hostId)) repairs += await removeUnwanted(container, crew);
    else if (container.status === 'running') {
      await endKept(container.containerId);
      repairs += await endUnknownAttempts(container);
    }
  }
  for (const sidecar of sidecars) {
    const isAlone = !containers.some(
      (item) => item.crewId === sidecar.crewId && item.generation === sidecar.generation,
    );
    if (isAlone && known.has(sidecar.workspaceId)) repairs += await removeLeftSidecar(sidecar);
  }
  for (const network of networks) {
    const isUsed = containers.some(({ crewId }) => crewId === network.crewId);
    if (!isUsed && known.has(network.workspaceId)) repairs += await removeLeftNetwork(network);
  }
  return repairs;

  /** The crew's container, whose network it shared, was removed by hand: nobody can reach it any more. */
  async function removeLeftSidecar({ containerId, crewId }: ListedCrewContainer): Promise<number> {
    await docker.removeContainer(containerId);
    log.warn({ container_id: containerId, crew_id: crewId, discrepancy: 'sidecar_unwanted' }, 'repaired');
    return 1;
  }

  /** Nothing is lost with it, and a start that needs it after all makes it again. */
  async function removeLeftNetwork({ crewId }: { crewId: string }): Promise<number> {
    const status = crews.get(crewId)?.container_status;
    if (status === 'starting' || status === 'running') return 0;
    await removeCrewNetwork(docker, { stackId: deps.stackId, crewId });
    log.warn({ crew_id: crewId, discrepancy: 'network_unwanted' }, 'repaired');
    return 1;
  }

  async function removeUnwanted(container: FoundContainer, crew: ContainerCrew | undefined): Promise<number> {
    const { crewId: id, generation, containerId } = container;
    const elsewhere = crew !== undefined && crew.host_id !== deps.hostId;
    // The workflow of a moved crew's present generation has nothing to do with this host.
    for (const known of new Set([generation, elsewhere ? generation : (crew?.generation ?? generation)])) {
      const found = await deps.workflows.inspect(workflowId('crew', { id, generation: known }));
      if (found.state === 'open') return 0;
    }
    if (!(await giveUpContainer(db, container, deps.hostId))) return 0;
    await removeOneCrewContainer(docker, { stackId: deps.stackId, ...container });
    log.warn({ container_id: containerId, crew_id: id, discrepancy: 'container_unwanted' }, 'repaired');
    return 1;
  }

  /** Processes that served a port: it is closed, or their mission is over. */
  async function endKept(containerId: string): Promise<void> {
    const kept = ((await deps.attempts.groups.list(containerId)) ?? []).filter(({ kind }) => kind === 'kept');
    const wanted = await findKeptRuns(
      db,
      kept.map(({ id }) => id),
    );
    for (const { id: attemptId, processes } of kept) {
      if (wanted.has(attemptId) && processes.length > 0) continue;
      const group = { containerId, attemptId, kind: 'kept' as const };
      await deps.attempts.groups.end({ ...group, graceMs: CANCEL_GRACE_MS, limitMs: CANCEL_GRACE_MS });
      await deps.attempts.groups.remove(group);
    }
  }

  /** What the daemon runs is read first: the exec of an attempt is committed before it starts. */
  async function endUnknownAttempts(container: FoundContainer): Promise<number> {
    const { containerId, workspaceId, crewId } = container;
    const execIds = (await docker.inspectContainer(containerId))?.execIds ?? [];
    const named = await readKnownExecs(db, containerId, execIds);
    const attempts: string[] = [];
    for (const execId of execIds.filter((exec) => !named.has(exec))) {
      const exec = await docker.inspectExec(execId);
      const attemptId = exec?.running === true ? attemptOfExec(exec.argv) : null;
      if (attemptId !== null && !isHookId(attemptId)) attempts.push(attemptId);
    }
    let ended = 0;
    for (const runId of attempts.length === 0 ? [] : await findUnknownAttempts(db, attempts)) {
      const found = await deps.workflows.inspect(workflowId('run', { id: runId, generation: 0 }));
      if (found.state === 'open') continue;
      await journalFoundAttempt(db, { workspaceId, runId, crewId, missionId: null, taskId: null, found: 'process' });
      await endAttempt(deps.attempts, { containerId, attemptId: runId, graceMs: CANCEL_GRACE_MS });
      log.warn({ run_id: runId, crew_id: crewId, discrepancy: 'record_lost' }, 'repaired');
      ended += 1;
    }
    return ended;
  }
}
