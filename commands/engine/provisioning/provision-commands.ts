import { HOST_ALIVE_MS } from '../../../domain/crews/hosts/host.ts';
import { type Actor, orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { checkDevcontainerConfig } from '../../../domain/crews/provisioning/devcontainer-config.ts';
import type { ProvisionStatus } from '../../../domain/crews/provisioning/provision.ts';
import { InvalidConfigError } from '../../../domain/crews/provisioning/read-devcontainer-config.ts';
import { mayBePrivileged } from '../crews/check-image-config.ts';
import { failStartingCrew, type ImageReadiness } from '../crews/advance-crew.ts';
import { placeCrew } from '../hosts/place-crew.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { endOpenJob, followImage } from './follow-image.ts';
import {
  lockProvisioningCrew,
  type ProvisioningCrew,
  statusOfOpenJob,
} from '../../../db/crews/provisioning/provisioning-crew.ts';
import { type ImageSettings, type WantedImage, wantedImage } from './wanted-image.ts';
import { lockCrew } from '../../../db/crews/crews/crew-row.ts';

/** Until some of a workspace's provisionings have ended; asking sooner is in vain. */
const CONCURRENT_RETRY_SECONDS = 30;

/** What the operator decides about images. */
export interface ImagePolicy {
  readonly settings: ImageSettings;
  /** How many of a workspace's provisionings may be under way. */
  readonly concurrent: number;
}

export interface ProvisionRequest extends ImagePolicy {
  /** A build past the cache; the crew's image is given up at once. */
  readonly fresh: boolean;
  readonly actor: Actor;
}

/**
 * Provisions a crew because somebody asks for it. Throws `not_found`, `invalid_request` without a configuration,
 * `conflict` with `job_status` while it is under way, `rate_limited` when the workspace has too many of them,
 * `no_live_host`, and `forbidden` for privileges that the workspace does not allow.
 */
export async function startProvision(tx: Tx, crewId: string, request: ProvisionRequest): Promise<void> {
  const crew = await lockProvisioningCrew(tx, crewId);
  if (crew === null) throw notFound('crew');
  if (crew.devcontainer_config === null) {
    throw new CrewshipError('invalid_request', 'the crew has no devcontainer_config');
  }
  if (crew.open_job !== null) {
    throw new CrewshipError('conflict', 'the crew is being provisioned', {
      extensions: { job_status: statusOfOpenJob(crew.open_job) },
    });
  }
  await checkPrivilege(tx, crew);
  const host = await liveHostOf(tx, crew.id);
  const image = await wantedOrRefuse(tx, crew, host.architecture, request.settings);
  if (image === null) return clearImage(tx, crew.id);
  await checkConcurrency(tx, crew.workspace_id, request.concurrent);
  await followImage(tx, { ...crew, host_id: host.id }, image, { ...request, reason: 'asked' });
}

/**
 * Provisions a crew because its configuration is new. A job for the old one ends. Where this cannot begin (no host is
 * up, the workspace has enough under way) the crew's next start does it.
 */
export async function provisionChangedCrew(
  tx: Tx,
  crewId: string,
  request: Omit<ProvisionRequest, 'fresh'>,
): Promise<void> {
  const crew = await lockProvisioningCrew(tx, crewId);
  if (crew !== null) await provisionAnew(tx, crew, request, 'superseded');
}

/** A job for the old image, or on the old host, ends when the build of the new one is locked: LOCK-ORDER.md. */
async function provisionAnew(
  tx: Tx,
  crew: ProvisioningCrew,
  request: Omit<ProvisionRequest, 'fresh'>,
  leaving: 'superseded' | 'moved',
): Promise<void> {
  const drop = () => endOpenJob(tx, crew, leaving, request.actor);
  if (crew.devcontainer_config === null) {
    await drop();
    return clearImage(tx, crew.id);
  }
  const host = await findLiveHost(tx, crew.id);
  if (host === null) return drop();
  const image = await wantedOrRefuse(tx, crew, host.architecture, request.settings);
  if (image === null) {
    await drop();
    return clearImage(tx, crew.id);
  }
  const { configHash } = image;
  // Only its text is new.
  if (leaving === 'superseded' && crew.open_job?.build?.configHash === configHash)
    return setHash(tx, crew.id, configHash);
  if (crew.cached_config_hash === configHash) {
    await drop();
    return setHash(tx, crew.id, configHash);
  }
  const own = leaving === 'moved' && crew.open_job !== null ? 1 : 0;
  if ((await countOpen(tx, crew.workspace_id)) - own >= request.concurrent) return drop();
  await followImage(tx, { ...crew, host_id: host.id }, image, {
    ...request,
    fresh: false,
    reason: 'changed',
    leaving,
  });
}

/**
 * Provisions a crew for the host that it was moved to. A job for the old one ends. Where this cannot begin its next
 * start does it.
 */
export async function provisionMovedCrew(
  tx: Tx,
  crewId: string,
  request: Omit<ProvisionRequest, 'fresh'>,
): Promise<void> {
  const crew = await lockProvisioningCrew(tx, crewId);
  if (crew === null) return;
  try {
    await provisionAnew(tx, crew, request, 'moved');
  } catch (error) {
    // A configuration from before a rule is no reason to stay: its next start says so.
    if (!(error instanceof CrewshipError && error.code === 'invalid_request')) throw error;
    await endOpenJob(tx, crew, 'moved', request.actor);
  }
}

/** Makes sure that a crew that is to start has its image, or that it is being made. */
export async function ensureCrewImage(tx: Tx, crewId: string, settings: ImageSettings): Promise<ImageReadiness> {
  const crew = await lockProvisioningCrew(tx, crewId);
  if (crew === null || crew.devcontainer_config === null || crew.host_id === null) return { kind: 'ready' };
  if (crew.config_hash !== null && crew.cached_config_hash === crew.config_hash && crew.open_job === null) {
    return { kind: 'ready' };
  }
  try {
    await checkPrivilege(tx, crew);
    const { architecture } = await tx.one<{ architecture: string }>(
      sql`SELECT architecture FROM hosts WHERE id = ${crew.host_id}`,
    );
    const image = await wantedOrRefuse(tx, crew, architecture, settings);
    if (image === null) {
      await clearImage(tx, crew.id);
      return { kind: 'ready' };
    }
    if (crew.open_job?.build?.configHash === image.configHash) return { kind: 'building' };
    if (crew.cached_config_hash === image.configHash && crew.open_job === null) {
      await setHash(tx, crew.id, image.configHash);
      return { kind: 'ready' };
    }
    const options = { fresh: false, actor: orchestratorActor(), reason: 'needed' } as const;
    return { kind: (await followImage(tx, { ...crew, host_id: crew.host_id }, image, options)) ? 'ready' : 'building' };
  } catch (error) {
    if (error instanceof CrewshipError && (error.code === 'invalid_request' || error.code === 'forbidden')) {
      return { kind: 'refused', code: error.code, message: error.message };
    }
    throw error;
  }
}

/**
 * Ends a crew's provisioning. The build goes on while others follow it. A crew that waits for its image to start ends
 * in error. Returns the status then. Throws `not_found`, `conflict` with `job_status` when nothing is under way.
 */
export async function cancelProvision(
  tx: Tx,
  crewId: string,
  actor: Actor,
): Promise<Extract<ProvisionStatus, 'idle' | 'completed'>> {
  const crew = await lockProvisioningCrew(tx, crewId);
  if (crew === null) throw notFound('crew');
  const status = crew.cached_image === null ? 'idle' : 'completed';
  if (crew.open_job === null) {
    throw new CrewshipError('conflict', 'the crew is not being provisioned', { extensions: { job_status: status } });
  }
  await endOpenJob(tx, crew, 'cancelled', actor);
  const row = await lockCrew(tx, crewId);
  if (row !== null) {
    await failStartingCrew(tx, row, { code: 'provision_cancelled', message: 'provisioning was cancelled' });
  }
  return status;
}

/** A crew that is being deleted needs no image. */
export async function dropProvision(tx: Tx, crewId: string, actor: Actor): Promise<void> {
  const crew = await lockProvisioningCrew(tx, crewId);
  if (crew !== null) await endOpenJob(tx, crew, 'crew_deleted', actor);
}

/** As at save: a workspace may have taken its leave back since. */
async function checkPrivilege(tx: Tx, crew: ProvisioningCrew): Promise<void> {
  const { privileged } = checkDevcontainerConfig(crew.devcontainer_config ?? '{}');
  if (privileged && !(await mayBePrivileged(tx, crew.workspace_id))) {
    throw new CrewshipError('forbidden', 'this workspace does not allow privileged crews');
  }
}

async function wantedOrRefuse(
  tx: Tx,
  crew: ProvisioningCrew,
  architecture: string,
  settings: ImageSettings,
): Promise<WantedImage | null> {
  try {
    return await wantedImage(tx, crew, architecture, settings);
  } catch (error) {
    if (error instanceof InvalidConfigError) throw invalidField('devcontainer_config', error.message);
    throw error;
  }
}

/** Throws `no_live_host`. */
async function liveHostOf(tx: Tx, crewId: string): Promise<{ id: string; architecture: string }> {
  const hostId = await placeCrew(tx, crewId);
  const host = await tx.maybeOne<{ id: string; architecture: string }>(sql`
    SELECT id, architecture FROM hosts
    WHERE id = ${hostId} AND last_heartbeat_at > now() - ${HOST_ALIVE_MS} * interval '1 millisecond'`);
  if (host === null) throw new CrewshipError('no_live_host', 'the crew’s Docker host is not up');
  return host;
}

async function findLiveHost(tx: Tx, crewId: string): Promise<{ id: string; architecture: string } | null> {
  try {
    return await liveHostOf(tx, crewId);
  } catch (error) {
    if (error instanceof CrewshipError && error.code === 'no_live_host') return null;
    throw error;
  }
}

/** One start of a workspace at a time counts, so that none goes over the limit beside another. */
async function checkConcurrency(tx: Tx, workspaceId: string, concurrent: number): Promise<void> {
  if ((await countOpen(tx, workspaceId)) < concurrent) return;
  throw new CrewshipError('rate_limited', `at most ${concurrent} crews of a workspace are provisioned at once`, {
    extensions: { retry_after_seconds: CONCURRENT_RETRY_SECONDS, limit_concurrent: concurrent },
  });
}

/** Locks after the crew and before the build. */
async function countOpen(tx: Tx, workspaceId: string): Promise<number> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`provision:${workspaceId}`}, 0))`);
  const { open } = await tx.one<{ open: number }>(sql`
    SELECT count(*)::integer AS open FROM jobs
    WHERE workspace_id = ${workspaceId} AND kind = 'provision' AND status IN ('queued', 'running')`);
  return open;
}

async function setHash(tx: Tx, crewId: string, configHash: string): Promise<void> {
  await tx.execute(sql`UPDATE crews SET config_hash = ${configHash} WHERE id = ${crewId}`);
}

/** Nothing is to be built: the crew has no image of its own (docs/contracts/provisioning.md, Image). */
async function clearImage(tx: Tx, crewId: string): Promise<void> {
  await tx.execute(sql`
    UPDATE crews SET config_hash = NULL, cached_image = NULL, cached_image_id = NULL, cached_config_hash = NULL
    WHERE id = ${crewId}`);
}
