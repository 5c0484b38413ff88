import { expect, test } from 'vitest';
import { createCrewship, type JournalEntry } from '../../../clients/typescript/src/index.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { perFile } from '../../support/world/per-file.ts';
import { soon } from '../../support/soon.ts';

const WRITES = 60;
const KILLS = 2;

const engine = perFile(() => createTestEngine({ processes: ['api'] }));

test('kill -9 of the API under a stream and under writes: each write happens once, and the stream tells each once', async () => {
  const admin = { full_name: 'Ada Tester', email: 'ada@example.com', password: 'correct horse battery' };
  const stranger = createCrewship({ baseUrl: engine.apiUrl });
  const { cli_token: token, workspace_id: workspaceId } = await stranger.request('POST /api/v1/bootstrap', {
    body: admin,
  });
  const crewship = createCrewship({ baseUrl: engine.apiUrl, token, workspaceId });
  const stopping = new AbortController();
  const seen: JournalEntry[] = [];
  const following = (async () => {
    const created = crewship.journal({ entry_type: 'audit.entity_created' }, { after: 0, signal: stopping.signal });
    for await (const entry of created) if (entry.target_type === 'crew') seen.push(entry);
  })().catch((error: unknown) => error);

  let written = 0;
  async function write(from: number): Promise<string[]> {
    const ids: string[] = [];
    for (let index = from; index < WRITES; index += 3) {
      const slug = `crew-${index}`;
      ids.push((await crewship.request('POST /api/v1/crews', { body: { name: slug, slug } })).id);
      written += 1;
    }
    return ids;
  }
  const writing = Promise.all([write(0), write(1), write(2)]);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await soon(() => expect(written).toBeGreaterThan((WRITES / (KILLS + 1)) * kill));
    await engine.processes.get('api')!.kill();
    await engine.start('api');
  }
  const ids = (await writing).flat();
  const rows = await engine.db.reads.any<{ id: string }>([workspaceId], sql`SELECT id FROM crews`);
  expect(rows.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  await soon(() => expect(seen).toHaveLength(WRITES));
  const positions = seen.map(({ position }) => position!);
  expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => a - b));
  expect(seen.map(({ target_id: crewId }) => crewId!).toSorted()).toEqual(ids.toSorted());
  stopping.abort();
  await following;
}, 90_000);
