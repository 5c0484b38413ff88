import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { z } from 'zod';
import { requestJob } from '../../../commands/engine/jobs/request-job.ts';
import { cancelJob } from '../../../commands/engine/jobs/cancel-job.ts';
import { tellJob } from '../../../commands/engine/jobs/tell-job.ts';
import { findJob } from '../../../db/work/jobs/job-row.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { createJobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import type { JobStatus } from '../../../domain/work/jobs/job-status.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { eventually } from '../../support/test-crew.ts';
import { createTestEngine, type TestEngine } from '../../support/test-engine.ts';
import { rehearsalJob, type RehearsalInput } from './rehearsal-kind.ts';

export const rehearsals = createJobRegistry(z, [rehearsalJob]);

/** A job's row, as far as tests look at it. */
export interface SeenJob {
  readonly status: JobStatus;
  readonly generation: number;
  readonly attempt: number;
  readonly step: string | null;
  readonly progress_step: number;
  readonly progress_percent: number | null;
  readonly progress_message: string | null;
  readonly result: unknown;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly is_lost: boolean;
}

function readJob(db: Database, workspaceId: string, id: string): Promise<SeenJob> {
  return db.reads
    .maybeOne<SeenJob>(
      [workspaceId],
      sql`
        SELECT status, generation, attempt, step, progress_step, progress_percent, progress_message, result, error_code,
          error_message, lost_at IS NOT NULL AS is_lost
        FROM jobs WHERE id = ${id}`,
    )
    .then((row) => row!);
}

/** The workflows of {@link rehearsalJob}, as one file. */
async function writeRehearsalWorkflows(directory: string): Promise<string> {
  const file = path.join(directory, 'rehearsal-workflows.js');
  const workflowsPath = path.join(import.meta.dirname, 'rehearsal-workflows.ts');
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    logger: { ...console, trace() {}, info() {}, log() {} } as never,
  });
  await writeFile(file, code);
  return file;
}

/** An engine whose only worker carries out rehearsals. */
export async function createRehearsalWorld(options: Partial<Parameters<typeof createTestEngine>[0]> = {}) {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-jobs-'));
  const workflows = await writeRehearsalWorkflows(directory);
  const engine = await createTestEngine({ ...options, processes: [], env: { CREWSHIP_TEST_WORKFLOWS: workflows } });
  await engine.start('rehearsal');
  const workspaceId = newId();
  await engine.db.systemTransaction({}, (tx) =>
    tx.execute(sql`INSERT INTO workspaces (id, name, slug) VALUES (${workspaceId}, 'Test', ${workspaceId})`),
  );
  return {
    engine: engine as TestEngine,
    workspaceId,
    async close() {
      await engine.close();
      await rm(directory, { recursive: true, force: true });
    },
    /** A job and its directory. */
    async rehearse(input: Omit<RehearsalInput, 'dir'> = {}, times: { deadlineMs?: number; runAt?: string } = {}) {
      const dir = path.join(directory, newId());
      await mkdir(dir);
      const job = await engine.db.transaction({ workspaceIds: [workspaceId] }, (tx) =>
        requestJob(tx, {
          workspaceId,
          kind: rehearsals.find(rehearsalJob.name)!,
          input: { ...input, dir },
          actor: orchestratorActor(),
          ...times,
        }),
      );
      return handle(job.id, dir);
    },
  };

  function handle(id: string, dir: string) {
    const { db, temporal } = engine;
    const scope = { workspaceIds: [workspaceId] };
    const row = () => readJob(db, workspaceId, id);
    const lines = () =>
      readFile(path.join(dir, 'lines'), 'utf8').then(
        (text) => text.trim().split('\n'),
        () => [],
      );
    return {
      id,
      row,
      lines,
      write: (file: string) => writeFile(path.join(dir, file), ''),
      until: (isSo: (job: SeenJob) => boolean) => eventually(row, isSo),
      is: (status: JobStatus) => eventually(row, (job) => job.status === status),
      said: (line: string, times = 1) =>
        eventually(lines, (all: string[]) => all.filter((one) => one === line).length >= times),
      cancel: (reason: string | null = null) =>
        db.transaction(scope, (tx) => cancelJob(tx, id, { actor: orchestratorActor(), reason })),
      tell: () => db.transaction(scope, async (tx) => tellJob(tx, (await findJob(tx, id))!)),
      workflow: async (generation = 1) =>
        (await temporal.client.workflow.getHandle(`job-${id}-${generation}`).describe()).status.name,
      terminate: (generation = 1) => temporal.client.workflow.getHandle(`job-${id}-${generation}`).terminate('by hand'),
      history: async (generation = 1) =>
        JSON.stringify(
          await temporal.client.workflow.getHandle(`job-${id}-${generation}`).fetchHistory(),
          (_key, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value),
        ),
      events: () =>
        db.reads.any<{ seq: number; type: string; message: string | null }>(
          [workspaceId],
          sql`SELECT seq, type, message FROM job_events WHERE job_id = ${id} ORDER BY seq`,
        ),
      entries: async () =>
        (
          await db.reads.any<{ entry_type: string }>(
            [workspaceId],
            sql`SELECT entry_type FROM journal_entries WHERE target_id = ${id} AND entry_type LIKE 'job.%'
              ORDER BY ts, id`,
          )
        ).map(({ entry_type: type }) => type.slice('job.'.length)),
    };
  }
}
