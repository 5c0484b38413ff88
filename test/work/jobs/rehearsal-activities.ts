import { appendFile, access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JobError, type JobWork, whileAtWork } from '../../../activities/work/jobs/while-at-work.ts';
import { storeJobResult } from '../../../commands/engine/jobs/job-work.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { JobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import { rehearsalJob, type RehearsalInput } from './rehearsal-kind.ts';

export type RehearsalActivities = ReturnType<typeof createRehearsalActivities>;

/** The activities of {@link rehearsalJob}. Every one leaves a line in the job's directory. */
export function createRehearsalActivities(deps: { readonly db: Database; readonly jobKinds: JobRegistry }) {
  const { db, jobKinds } = deps;
  /** Tests do not wait as long as the product may. */
  const beatMs = 500;

  async function inputOf(address: WorkflowAddress): Promise<RehearsalInput> {
    const row = await db.reads.maybeOne<{ input: RehearsalInput }>(
      [address.workspaceId],
      sql`SELECT input FROM jobs WHERE id = ${address.id}`,
    );
    return row!.input;
  }
  const say = (input: RehearsalInput, line: string) => appendFile(path.join(input.dir, 'lines'), `${line}\n`);
  const lines = async (input: RehearsalInput) => (await readFile(path.join(input.dir, 'lines'), 'utf8')).split('\n');
  const isThere = (input: RehearsalInput, file: string) =>
    access(path.join(input.dir, file)).then(
      () => true,
      () => false,
    );

  async function play(input: RehearsalInput, step: string, job: JobWork): Promise<void> {
    await say(input, step);
    while (input.hold === step && !(await isThere(input, `go-${step}`))) {
      try {
        await sleep(25, undefined, { signal: job.signal });
      } catch (error) {
        await say(input, `${step} stopped`);
        throw error;
      }
    }
  }

  return {
    prepare: async (address: WorkflowAddress) => {
      const input = await inputOf(address);
      await whileAtWork(deps, address, (job) => play(input, 'prepare', job), { beatMs });
    },
    /** Whether there is more of it. */
    work: async (address: WorkflowAddress) => {
      const input = await inputOf(address);
      return whileAtWork(
        deps,
        address,
        async (job) => {
          const done = (await lines(input)).filter((line) => line === 'work').length + 1;
          job.report({ percent: 25 + done, message: `batch ${done}` });
          await play(input, 'work', job);
          return done < (input.batches ?? 1);
        },
        { beatMs },
      );
    },
    isApproved: async (address: WorkflowAddress) => {
      const input = await inputOf(address);
      return input.asks !== true || isThere(input, 'approved');
    },
    publish: async (address: WorkflowAddress) => {
      const input = await inputOf(address);
      await whileAtWork(deps, address, async (job) => {
        await play(input, 'publish', job);
        if (input.fails === 'for-good') throw new JobError('no_stage', 'the stage of the secret theatre is taken');
        if (input.fails === 'always') throw new Error('not today, says the secret theatre');
        if (input.leaves === 'nothing') return;
        const result = { batches: (await lines(input)).filter((line) => line === 'work').length };
        await db.transaction(workflowScope(address), (tx) =>
          storeJobResult(tx, address, jobKinds.find(rehearsalJob.name)!, result),
        );
      });
    },
    undo: async (address: WorkflowAddress) => {
      const input = await inputOf(address);
      await whileAtWork(deps, address, (job) => play(input, 'undo', job), { undoing: true });
    },
  };
}
