import {
  type CrewRow,
  markCrewError,
  markCrewRunning,
  readCrewToStart,
  readRunningCrew,
  type RunningCrew,
  type SidecarVersion,
} from '../../db/crews/crew-actor.ts';
import { markSidecarGone, recordSidecar, settleSidecar } from '../../db/crews/crew-sidecar.ts';
import type { Database } from '../../db/kernel/database.ts';
import type { ActorAddress } from '../../domain/outbox/outbox-command.ts';
import { API_SOCKET_PATH, type IpcConfig, SIDECAR_PORT } from '../../domain/sidecar/ipc-config.ts';
import { isDockerError } from '../../platform/docker/docker-error.ts';
import { type InternalTokens, tokenFingerprint } from '../../platform/internal-tokens/internal-tokens.ts';
import { whileHeartbeating } from '../heartbeat/while-heartbeating.ts';
import { ensureCrewContainer, removeCrewContainer } from './container/crew-container.ts';
import type { PrepareDeps } from './container/prepare-crew-host.ts';
import { retireOtherSidecars, startSidecar } from './container/start-sidecar.ts';
import { isSidecarOutdated, issueCrewToken } from './outdated-sidecars.ts';

export interface CrewHostDeps extends PrepareDeps {
  readonly db: Database;
  readonly hostId: string;
  readonly stackId: string;
  readonly defaultImage: string;
  readonly sidecarFile: string;
  readonly tokens: InternalTokens;
}

export type CrewHostActivities = ReturnType<typeof createCrewHostActivities>;

/**
 * What trying again cannot mend. `stale_generation` is here for a row that is behind its daemon, as after an older backup
 * was restored: the error raises the generation with the next request. Where the row itself has moved on, it is ignored.
 */
const PERMANENT = ['image_missing', 'rejected', 'not_running', 'stale_generation'] as const;

/** The crew actor's side effects on its Docker host. */
export function createCrewHostActivities(deps: CrewHostDeps) {
  return {
    /**
     * Brings the container of this generation up with its sidecar and turns the row `running`, or `error` when trying
     * again would not help. Idempotent: a container that exists is found by its name.
     */
    startCrew: (address: ActorAddress): Promise<void> => whileHeartbeating(() => startCrew(address)),

    /**
     * Has one sidecar in the container that the row names, of this process's version: starts one beside those that run,
     * notes it, then sends the others away. Idempotent: what was done before a crash is found and not done again.
     */
    restartSidecar: (address: ActorAddress): Promise<void> => whileHeartbeating(() => restartSidecar(address)),

    /** Takes down what this generation and older ones left; newer containers stay. Volumes stay. */
    removeCrew: (address: ActorAddress): Promise<void> =>
      whileHeartbeating(async () => {
        await removeCrewContainer(deps.docker, {
          stackId: deps.stackId,
          crewId: address.id,
          upToGeneration: address.generation,
        });
      }),
  };

  async function startCrew(address: ActorAddress): Promise<void> {
    const crew = await readCrewToStart(deps.db, address);
    if (crew === null) return;
    try {
      const container = await ensureCrewContainer(deps, {
        stackId: deps.stackId,
        workspaceId: crew.workspace_id,
        crewId: crew.id,
        generation: crew.generation,
        image: crew.runtime_image ?? deps.defaultImage,
        memoryMb: crew.container_memory_mb,
        cpus: crew.container_cpus,
      });
      const sidecar = await startSidecar(deps.docker, {
        containerId: container.containerId,
        sidecarFile: deps.sidecarFile,
        ipcConfig: ipcConfigOf(crew),
      });
      await markCrewRunning(deps.db, address, {
        containerId: container.containerId,
        startedAt: container.startedAt,
        sidecarExecId: sidecar.execId,
        sidecar: versionOf(crew),
      });
      // An earlier try may have left one.
      if (!container.created) await retireOthers(container.containerId, sidecar.execId);
      await noteEarlyEnd(crew, sidecar.execId);
    } catch (error) {
      if (!isDockerError(error, ...PERMANENT)) throw error;
      await markCrewError(deps.db, address, { code: error.code, message: error.message });
    }
  }

  async function restartSidecar(address: ActorAddress): Promise<void> {
    const crew = await readRunningCrew(deps.db, address);
    if (crew === null) return;
    const version = versionOf(crew);
    let execId = await currentSidecar(crew, version);
    if (execId === null) {
      ({ execId } = await startSidecar(deps.docker, {
        containerId: crew.container_id,
        sidecarFile: deps.sidecarFile,
        ipcConfig: ipcConfigOf(crew),
      }));
      if (!(await recordSidecar(deps.db, address, { execId, version }))) return;
    }
    await retireOthers(crew.container_id, execId);
    await settleSidecar(deps.db, address, execId);
    await noteEarlyEnd(crew, execId);
  }

  /** The sidecar that the row names, when it runs and is of this version. */
  async function currentSidecar(crew: RunningCrew, version: SidecarVersion): Promise<string | null> {
    if (crew.sidecar_exec_id === null || isSidecarOutdated(crew, version)) return null;
    const state = await deps.docker.inspectExec(crew.sidecar_exec_id);
    return state?.running === true ? crew.sidecar_exec_id : null;
  }

  function retireOthers(containerId: string, keepExecId: string): Promise<void> {
    return retireOtherSidecars(deps.docker, { containerId, sidecarFile: deps.sidecarFile, keepExecId });
  }

  function versionOf(crew: Pick<CrewRow, 'id' | 'workspace_id'>): SidecarVersion {
    return { file: deps.sidecarFile, tokenFp: ipcConfigOf(crew).token_fp };
  }

  /** A sidecar that ended before the row named it: its end was an event about an exec that nobody knew yet. */
  async function noteEarlyEnd(crew: Pick<CrewRow, 'id' | 'workspace_id'>, execId: string): Promise<void> {
    const state = await deps.docker.inspectExec(execId);
    if (state?.running === true) return;
    await markSidecarGone(deps.db, { workspaceId: crew.workspace_id, crewId: crew.id, execId });
  }

  function ipcConfigOf(crew: Pick<CrewRow, 'id' | 'workspace_id'>): IpcConfig {
    const crewToken = issueCrewToken(deps.tokens, crew);
    return {
      workspace_id: crew.workspace_id,
      crew_id: crew.id,
      crew_token: crewToken,
      token_fp: tokenFingerprint(crewToken),
      api_socket_path: API_SOCKET_PATH,
      listen_port: SIDECAR_PORT,
    };
  }
}
