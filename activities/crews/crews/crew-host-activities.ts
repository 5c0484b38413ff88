import { Context } from '@temporalio/activity';
import {
  forgetCachedImage,
  markCrewError,
  markCrewRunning,
  type SidecarVersion,
} from '../../../commands/engine/crews/advance-crew.ts';
import { markSidecarGone, recordSidecar, settleSidecar } from '../../../commands/engine/crews/crew-sidecar.ts';
import { journalHookFailure } from '../../../commands/engine/crews/journal-hook-failure.ts';
import type { Database } from '../../../db/kernel/database.ts';
import {
  type ContainerFacts,
  type ContainerPlan,
  planContainer,
  postStartPrograms,
  PrivilegeRefused,
} from '../../../domain/crews/crews/container-plan.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { type ImageExtras, readImageExtras } from '../../../domain/crews/provisioning/image-extras.ts';
import { InvalidConfigError } from '../../../domain/crews/provisioning/read-devcontainer-config.ts';
import { API_SOCKET_PATH, type IpcConfig, SIDECAR_PORT } from '../../../domain/crews/sidecar/ipc-config.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { DockerError, type DockerErrorCode, isDockerError } from '../../../platform/docker/docker-error.ts';
import type { ImageState } from '../../../platform/docker/docker-images.ts';
import type { DockerEvents } from '../../../platform/docker/docker-events.ts';
import type { RegistryCredentials } from '../../../platform/oci/oci-client.ts';
import { type InternalTokens, tokenFingerprint } from '../../../platform/internal-tokens/internal-tokens.ts';
import { whileHeartbeating } from '../../kernel/while-heartbeating.ts';
import { openWorkspaceCredentials } from '../provisioning/open-build-credentials.ts';
import { BUILD_LABEL, type BuildDeps, BuildError, type BuildSettings } from '../provisioning/steps/build-types.ts';
import type { AttemptDeps } from '../../work/runs/exec/attempt-exec.ts';
import { UnsafeDirectoryError } from '../containers/bind-sources.ts';
import type { BridgeTrafficWatch } from '../containers/bridge-traffic.ts';
import { EgressFilterError } from '../containers/egress-filter.ts';
import { type CrewContainer, ensureCrewContainer, removeCrewContainer } from '../containers/crew-container.ts';
import type { PrepareDeps } from '../containers/prepare-crew-host.ts';
import { requireCrewImage } from './crew-image.ts';
import { environmentInContainer } from '../containers/environment-in-container.ts';
import { ensureSidecarContainer } from '../containers/sidecar-container.ts';
import { retireOtherSidecars, SidecarPortTakenError, startSidecar } from '../containers/start-sidecar.ts';
import { isSidecarOutdated, issueCrewToken } from './outdated-sidecars.ts';
import { runPostStart } from './post-start/run-post-start.ts';
import type { CrewRow } from '../../../db/crews/crews/crew-row.ts';
import { readCrewToStart } from '../../../db/crews/crews/read-crew-to-start.ts';
import { readRunningCrew, type RunningCrew } from '../../../db/crews/crews/running-crew.ts';

export interface CrewHostDeps extends PrepareDeps {
  readonly db: Database;
  readonly hostId: string;
  readonly stackId: string;
  readonly defaultImage: string;
  readonly images: Pick<BuildSettings, 'mirrors' | 'pullPolicy'>;
  readonly registryPlaces: BuildDeps['registryPlaces'];
  /** Opens the workspaces' credentials for registries. */
  readonly keyRing: Pick<KeyRing, 'open'>;
  readonly sidecarFile: string;
  readonly tokens: InternalTokens;
  readonly bridgeTraffic: BridgeTrafficWatch;
  readonly events: DockerEvents;
  readonly attempts: AttemptDeps;
}

export type CrewHostActivities = ReturnType<typeof createCrewHostActivities>;

/**
 * What trying again cannot mend. `stale_generation` is here for a row that is behind its daemon, as after an older
 * backup was restored: the error raises the generation with the next request. Where the row itself has moved on, it is
 * ignored.
 */
const PERMANENT = ['image_missing', 'rejected', 'not_running', 'stale_generation'] as const;

/** How often a crew's image is asked for of a registry that does not answer, before the crew's runs are told so. */
const IMAGE_TRIES = 5;

/** A container that ends while it starts was most likely ended: it is made this often. */
const ENDED_TRIES = 6;
/** How often a start is tried that a daemon which answers refuses: about two minutes. */
const REFUSED_TRIES = 12;
const DAEMON_AWAY: readonly DockerErrorCode[] = ['unavailable', 'timeout'];

const PATH_PREFIX = 'PATH=';

/** The crew workflow's side effects on its Docker host. */
export function createCrewHostActivities(deps: CrewHostDeps) {
  return {
    /**
     * Brings the container of this generation up with its sidecar and turns the row `running`, or `error` when trying
     * again would not help. Idempotent: a container that exists is found by its name,
     * and hooks that ran are not run again.
     */
    startCrew: (address: WorkflowAddress): Promise<void> => whileHeartbeating(() => startCrew(address)),

    /**
     * Has one sidecar beside the container that the row names, of this process's version: starts one beside those that
     * run, notes it, then sends the others away. Idempotent: what was done before a crash is found and not done again.
     */
    restartSidecar: (address: WorkflowAddress): Promise<void> => whileHeartbeating(() => restartSidecar(address)),

    /** Takes down what this generation and older ones left; newer containers stay. Volumes stay. */
    removeCrew: (address: WorkflowAddress): Promise<void> =>
      whileHeartbeating(async () => {
        // The counters know their crew by its network, which goes with the container.
        await deps.bridgeTraffic.collect();
        await removeCrewContainer(deps.docker, {
          stackId: deps.stackId,
          crewId: address.id,
          upToGeneration: address.generation,
        });
      }),
  };

  async function startCrew(address: WorkflowAddress): Promise<void> {
    const crew = await readCrewToStart(deps.db, address);
    if (crew === null) return;
    try {
      const plan = planContainer(crew);
      const container = await ensureContainer(crew, plan);
      if (container === 'image gone') {
        await forgetCachedImage(deps.db, address, plan.image!);
        return;
      }
      const beside = await ensureSidecarContainer(deps, sidecarRef(crew), container);
      const sidecar = await startSidecar(deps.docker, {
        containerId: beside.containerId,
        sidecarFile: deps.sidecarFile,
        ipcConfig: ipcConfigOf(crew),
      });
      await runHooks(address, crew, container);
      await markCrewRunning(deps.db, address, {
        containerId: container.containerId,
        startedAt: container.startedAt,
        sidecarExecId: sidecar.execId,
        sidecar: versionOf(crew),
        imageId: container.imageId,
        plan,
      });
      // An earlier try may have left one.
      if (!beside.created) await retireOthers(beside.containerId, sidecar.execId);
      await noteEarlyEnd(crew, sidecar.execId);
    } catch (error) {
      const failure = permanentFailure(error, Context.current().info.attempt);
      if (failure === null) throw error;
      await markCrewError(deps.db, address, failure);
    }
  }

  /** Undefined: an image that was built for the crew is gone. */
  async function findImage(
    crew: CrewRow & ContainerFacts,
    plan: ContainerPlan,
  ): Promise<{ reference: string; image: ImageState } | undefined> {
    const wanted = plan.image ?? deps.defaultImage;
    const here = await deps.docker.inspectImage(wanted);
    if (crew.cached_image_id !== null) return here && { reference: wanted, image: here };
    // The operator's own choice is everybody's.
    if (here !== undefined && wanted === deps.defaultImage) return { reference: wanted, image: here };
    const credentialsFor = async (host: string): Promise<RegistryCredentials> =>
      wanted === deps.defaultImage ? new Map() : openWorkspaceCredentials(deps, crew.workspace_id, [host]);
    return requireCrewImage({ ...deps, settings: deps.images, credentialsFor }, wanted);
  }

  /** An image that was built for the crew and is gone is no error: it is built again. */
  async function ensureContainer(
    crew: CrewRow & ContainerFacts,
    plan: ContainerPlan,
  ): Promise<(CrewContainer & { extras: ImageExtras }) | 'image gone'> {
    const found = await findImage(crew, plan);
    if (found === undefined) return 'image gone';
    const { reference, image } = found;
    const path = image.env.find((entry) => entry.startsWith(PATH_PREFIX))?.slice(PATH_PREFIX.length);
    // Only what was built here says what its features want.
    const extras = readImageExtras(crew.cached_image_id === null ? undefined : image.labels[BUILD_LABEL.extras]);
    const { memoryMb, cpus, network, privileged } = plan;
    const targets = new Set(plan.mounts.map(({ target }) => target));
    const container = await ensureCrewContainer(deps, {
      stackId: deps.stackId,
      workspaceId: crew.workspace_id,
      crewId: crew.id,
      generation: crew.generation,
      image: reference,
      imagePath: path ?? null,
      memoryMb,
      cpus,
      network,
      mounts: [...extras.mounts.filter(({ target }) => !targets.has(target)), ...plan.mounts],
      capAdd: [...new Set([...extras.capAdd, ...plan.capAdd])],
      privileged,
    });
    return { ...container, extras };
  }

  /** Agents wait for them, the sidecar does not: a hook may speak to it. */
  async function runHooks(
    address: WorkflowAddress,
    crew: CrewRow & ContainerFacts,
    { containerId, startedAt, extras }: CrewContainer & { extras: ImageExtras },
  ): Promise<void> {
    const programs = [...extras.postStart, ...postStartPrograms(crew.devcontainer_config)];
    if (programs.length === 0) return;
    const env = await environmentInContainer(deps.docker, containerId, crew.devcontainer_config);
    await runPostStart(
      { ...deps.attempts, events: deps.events },
      { crewId: crew.id, containerId, startedAt, programs, env },
      (failure) => journalHookFailure(deps.db, address, failure),
    );
  }

  async function restartSidecar(address: WorkflowAddress): Promise<void> {
    const crew = await readRunningCrew(deps.db, address);
    if (crew === null) return;
    const version = versionOf(crew);
    const state = await deps.docker.inspectContainer(crew.container_id);
    // Its end is another event, which has all of it made anew.
    if (state?.running !== true) return;
    const joins = { containerId: state.id, startedAt: state.startedAt };
    const { containerId } = await ensureSidecarContainer(deps, sidecarRef(crew), joins);
    let execId = await currentSidecar(crew, version);
    if (execId === null) {
      ({ execId } = await startSidecar(deps.docker, {
        containerId,
        sidecarFile: deps.sidecarFile,
        ipcConfig: ipcConfigOf(crew),
      }));
      if (!(await recordSidecar(deps.db, address, { execId, version }))) return;
    }
    await retireOthers(containerId, execId);
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

  function sidecarRef(crew: Pick<RunningCrew, 'id' | 'workspace_id' | 'generation'>) {
    return { stackId: deps.stackId, workspaceId: crew.workspace_id, crewId: crew.id, generation: crew.generation };
  }

  function versionOf(crew: Pick<CrewRow, 'id' | 'workspace_id' | 'generation'>): SidecarVersion {
    return { file: deps.sidecarFile, tokenFp: ipcConfigOf(crew).token_fp };
  }

  /** A sidecar that ended before the row named it: its end was an event about an exec that nobody knew yet. */
  async function noteEarlyEnd(crew: Pick<CrewRow, 'id' | 'workspace_id'>, execId: string): Promise<void> {
    const state = await deps.docker.inspectExec(execId);
    if (state?.running === true) return;
    await markSidecarGone(deps.db, { workspaceId: crew.workspace_id, crewId: crew.id, execId });
  }

  function ipcConfigOf(crew: Pick<CrewRow, 'id' | 'workspace_id' | 'generation'>): IpcConfig {
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

/** What trying again cannot mend, as it may be shown. */
function permanentFailure(error: unknown, attempt: number): { code: string; message: string } | null {
  if (isDockerError(error, 'not_running') && attempt < ENDED_TRIES) return null;
  if (isDockerError(error, ...PERMANENT)) return { code: error.code, message: error.message };
  // A daemon that is away is waited for; one that answers, and says no again and again, means it.
  if (error instanceof DockerError && attempt >= REFUSED_TRIES && !DAEMON_AWAY.includes(error.code))
    return { code: error.code, message: `${error.message}, after ${attempt} tries` };
  if (error instanceof BuildError && (!error.retryable || attempt >= IMAGE_TRIES))
    return { code: error.code, message: error.message };
  if (error instanceof SidecarPortTakenError) return { code: error.code, message: error.message };
  if (error instanceof EgressFilterError) return { code: error.code, message: error.message };
  if (error instanceof UnsafeDirectoryError) return { code: error.code, message: error.message };
  if (error instanceof PrivilegeRefused) return { code: 'privilege_refused', message: error.message };
  if (error instanceof InvalidConfigError) return { code: 'config_invalid', message: error.message };
  return null;
}
