import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { beatBuildJobs, beginBuildStep } from '../../../commands/engine/provisioning/advance-build.ts';
import type { JobEventView, JobView } from '../../../domain/work/jobs/job.ts';
import { startTestApi } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { addressOf, beatTestHost, configNamed, IMAGE_ID, playBuild, readBuilds } from './build-fixture.ts';

const api = perFile(async () => {
  const made = await startTestApi();
  await beatTestHost(made.database);
  return made;
});
const owner = perTest(() => api.addOwner());
let names = 0;

/** A crew that wants an image of its own; `same`: the image of another. */
async function makeCrew(same = (names += 1)): Promise<{ id: string; slug: string }> {
  const slug = `crew-${(names += 1)}`;
  const crew = await owner.post<{ id: string }>('/crews', { name: slug, slug });
  await api.database.transaction({ workspaceIds: [owner.workspaceId] }, (tx) =>
    tx.execute(sql`
      UPDATE crews SET devcontainer_config = ${configNamed(`jobs ${owner.workspaceId} ${same}`)}
        WHERE id = ${crew.id}`),
  );
  return { ...crew, slug };
}

const provision = (crew: { slug: string }) => owner.post(`/crews/${crew.slug}/provision`, undefined, 202);
const jobOf = async (crew: { id: string }) => {
  const { items } = await owner.get<{ items: JobView[] }>('/agent-jobs?kind=provision');
  return items.find(({ subject }) => subject?.id === crew.id)!;
};
const eventsOf = async (id: string) =>
  (await owner.get<{ events: JobEventView[] }>(`/agent-jobs/${id}/events`)).events.map(({ type }) => type);

test('a provisioning is a job that follows its build, step by step, to its result', async () => {
  const crew = await makeCrew();
  await provision(crew);
  const queued = await jobOf(crew);
  expect(queued).toMatchObject({
    status: 'queued',
    health: 'ok',
    subject: { type: 'crew', id: crew.id },
    progress: { step: 0, total: 6, percent: 0 },
    created_by: owner.id,
  });
  const [build] = (await readBuilds(api.database)).slice(-1);
  await playBuild(api.database, addressOf(build!), 'install-features');
  await beginBuildStep(api.database, addressOf(build!), 'install-mise');
  expect(await jobOf(crew)).toMatchObject({
    status: 'running',
    attempt: 1,
    progress: { step: 3, total: 6, percent: 50, message: 'installing tools with mise' },
  });
  await playBuild(api.database, addressOf(build!));
  expect(await jobOf(crew)).toMatchObject({
    status: 'completed',
    progress: { step: 6, percent: 100 },
    result: { config_hash: build!.config_hash, image_id: IMAGE_ID },
    error: null,
  });
  expect(await eventsOf(queued.id)).toEqual(['queued', 'started', ...Array<string>(6).fill('progress'), 'completed']);
  // Its family's entries say all of it.
  const [entries] = await api.database.reads.any<{ own: number; jobs: number }>(
    [owner.workspaceId],
    sql`
      SELECT count(*) FILTER (WHERE entry_type LIKE 'provisioning.%')::int AS own,
        count(*) FILTER (WHERE entry_type LIKE 'job.%')::int AS jobs
      FROM journal_entries WHERE payload ->> 'job_id' = ${queued.id}`,
  );
  expect(entries).toEqual({ own: 9, jobs: 0 });
});

test('one that is answered from the cache was completed from the start', async () => {
  const first = await makeCrew();
  await provision(first);
  const [build] = (await readBuilds(api.database)).slice(-1);
  await playBuild(api.database, addressOf(build!));
  const second = await makeCrew(names - 1);
  await provision(second);
  const job = await jobOf(second);
  expect(job).toMatchObject({ status: 'completed', attempt: 1, progress: { step: 6 }, result: { image_id: IMAGE_ID } });
  expect(await eventsOf(job.id)).toEqual(['queued', 'completed']);
});

test('cancelling it as a job leaves the build as cancelling it by its crew does', async () => {
  const crew = await makeCrew();
  await provision(crew);
  const { id } = await jobOf(crew);
  const manager = await api.addMember(owner.workspaceId, 'MANAGER');
  const member = await api.addMember(owner.workspaceId, 'MEMBER');
  expect(outcome(await member.ask('POST', `/agent-jobs/${id}/cancel`))).toEqual([403, 'forbidden']);
  expect(await manager.post(`/agent-jobs/${id}/cancel`, undefined, 202)).toMatchObject({
    status: 'cancelled',
    error: { code: 'cancelled' },
  });
  expect((await owner.get<{ status: string }>(`/crews/${crew.slug}/provision`)).status).toBe('idle');
  expect((await owner.ask('POST', `/agent-jobs/${id}/cancel`)).body).toMatchObject({
    code: 'wrong_state',
    current_status: 'cancelled',
  });
  expect(outcome(await owner.ask('POST', `/crews/${crew.slug}/provision/cancel`))).toEqual([409, 'conflict']);
});

test('a build that is worked on keeps its jobs from being stalled', async () => {
  const crew = await makeCrew();
  await provision(crew);
  const [build] = (await readBuilds(api.database)).slice(-1);
  await beginBuildStep(api.database, addressOf(build!), 'validate');
  const age = () =>
    api.database.transaction({ workspaceIds: [owner.workspaceId] }, (tx) =>
      tx.execute(sql`UPDATE jobs SET heartbeat_at = now() - interval '2 minutes' WHERE subject_id = ${crew.id}`),
    );
  await age();
  expect((await jobOf(crew)).health).toBe('stalled');
  await beatBuildJobs(api.database, build!.id);
  expect((await jobOf(crew)).health).toBe('ok');
});
