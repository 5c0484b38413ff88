import { BUILD_STEPS, type BuildStep } from '../../../domain/crews/provisioning/build-spec.ts';
import { buildKey, type WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { recordHostHeartbeat } from '../../../commands/engine/hosts/host-heartbeat.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import {
  advanceBuild,
  beginBuildStep,
  closeBuild,
  finishBuildStep,
} from '../../../commands/engine/provisioning/advance-build.ts';
import { endBuild } from '../../../commands/engine/provisioning/end-build.ts';

export const IMAGE_ID = `sha256:${'1'.repeat(64)}`;

/** A configuration that wants an image of its own. */
export function configNamed(name: string): string {
  return JSON.stringify({ image: 'debian:12', containerEnv: { NAME: name } });
}

export async function beatTestHost(db: Database, hostId = 'host-a'): Promise<void> {
  await recordHostHeartbeat(db, { hostId, architecture: 'amd64', engineVersion: '1', slots: 8 });
}

export interface BuildView {
  readonly id: string;
  readonly host_id: string;
  readonly config_hash: string;
  readonly n: number;
  readonly status: string;
  readonly steps_done: number;
  readonly asked_by_workspace_id: string;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly closed_at: string | null;
}

/** All builds, or those of one image. */
export function readBuilds(db: Database, configHash?: string): Promise<BuildView[]> {
  return db.systemReads.any<BuildView>(
    [],
    sql`
      SELECT id, host_id, config_hash, n, status, steps_done, asked_by_workspace_id, error_code, error_message,
        closed_at
      FROM image_builds WHERE config_hash = coalesce(${configHash ?? null}, config_hash) ORDER BY created_at, n`,
  );
}

export function addressOf(build: BuildView): WorkflowAddress {
  return {
    workspaceId: build.asked_by_workspace_id,
    id: buildKey(build.host_id, build.config_hash),
    generation: build.n,
  };
}

/** Plays a build's workflow and its host up to and including a step, or to its end. */
export async function playBuild(
  db: Database,
  address: WorkflowAddress,
  until: BuildStep | 'end' = 'end',
): Promise<void> {
  for (const step of BUILD_STEPS) {
    if ((await advanceBuild(db, address)).kind !== 'build') break;
    if ((await beginBuildStep(db, address, step)) === null) continue;
    if (step === 'tag') {
      const tag = `crewship-cache:${address.id.slice(-64).slice(0, 12)}`;
      await endBuild(db, address, { kind: 'completed', imageId: IMAGE_ID, sizeBytes: 12, tag });
    } else await finishBuildStep(db, address, step, {});
    if (step === until) return;
  }
  await cleanBuild(db, address);
}

async function cleanBuild(db: Database, address: WorkflowAddress): Promise<void> {
  for (const build of await readBuilds(db)) {
    if (addressOf(build).id === address.id && build.n === address.generation) await closeBuild(db, build.id);
  }
}
