import { randomBytes } from 'node:crypto';
import { type Dirent, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect } from 'vitest';
import { sealJournal } from '../../../commands/evidence/journal-log/seal-journal.ts';
import { createSigningKeys } from '../../../commands/instance/keys/signing-keys.ts';
import { sequenceJournal } from '../../../db/evidence/journal/sequencer.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { DOCKER_HOST } from '../../support/container-crew.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { everyRow } from '../../support/every-row.ts';
import { startTestApi, type TestApi } from '../../support/test-api.ts';
import { connectOwner, createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { TEST_ENCRYPTION_KEY, TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { DOCKER_MISSING, TEST_REDIS_URL } from '../../support/test-services.ts';
import { useCrew } from '../../support/use-crew.ts';
import { createCaller } from '../../support/world/caller.ts';
import { createKeeperEngine, type KeeperWorld, openKeeperWorld } from './keeper-world.ts';

let database: TestDatabase;
let made: Awaited<ReturnType<typeof createKeeperEngine>>;
let world: KeeperWorld;
let api: TestApi;
const suite = useCrew({
  async createEngine() {
    database = await createTestDatabase();
    made = await createKeeperEngine({ key: TEST_ENCRYPTION_KEY, database });
    return made.engine;
  },
});

beforeAll(async () => {
  if (DOCKER_MISSING !== undefined) return;
  api = await startTestApi({ over: database });
  await suite.finished(await suite.run({ up: { agent: 'lead' } }));
  world = await openKeeperWorld(made, suite.crew);
}, 120_000);
afterAll(async () => {
  await api?.close();
  await made?.upstream.close();
});

const newSecret = () => `canary-${randomBytes(18).toString('base64url')}/+"é`;

/** The value as somebody might have written it down. Base64 by what does not depend on its neighbours. */
function spellingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const shifted = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return text.slice(before === 0 ? 0 : before + 1, -4);
  });
  const reversed = Array.from(secret).reverse().join('');
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    reversed,
    ...shifted,
    ...shifted.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** What stands in these texts of any of the secrets. Base64 inside JSON, as histories have it, is opened. */
function hitsIn(places: ReadonlyMap<string, string>, secrets: readonly string[]): string[] {
  const spellings = secrets.flatMap(spellingsOf);
  return [...places].flatMap(([place, text]) => {
    const inner = [...text.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)].map(([, data]) =>
      Buffer.from(data!, 'base64').toString(),
    );
    const whole = [text, ...inner].join('\n');
    return spellings.flatMap((spelled) => (whole.includes(spelled) ? [`${place}: ${spelled}`] : []));
  });
}

/** So that the journal's export has everything. */
async function seal(): Promise<void> {
  const keys = createSigningKeys({ database: api.database, keyRing: TEST_KEY_RING, purpose: 'journal_checkpoint' });
  while ((await sequenceJournal(api.database)).sequenced > 0);
  while ((await sealJournal(api.database, keys)) > 0);
}

function inspectAll(): Promise<string> {
  const get = (url: string) =>
    new Promise<string>((resolve, reject) => {
      http
        .get({ socketPath: DOCKER_HOST.replace('unix://', ''), path: url }, (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.once('end', () => resolve(Buffer.concat(pieces).toString()));
        })
        .once('error', reject);
    });
  return get('/containers/json?all=1').then(async (list) => {
    const containers = JSON.parse(list) as { Id: string; Image: string }[];
    const images = [...new Set(containers.map(({ Image: image }) => image))];
    const told = await Promise.all([
      ...containers.map(({ Id: id }) => get(`/containers/${id}/json`)),
      ...images.map((image) => get(`/images/${encodeURIComponent(image)}/json`)),
    ]);
    return told.join('\n');
  });
}

/** What processes of uid 1001 in this container have in their arguments and environment. */
function procOf(pid: number): string {
  const namespace = readlinkSync(`/proc/${pid}/ns/pid`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        if (readlinkSync(`/proc/${name}/ns/pid`) !== namespace) return '';
        if (!/^Uid:\s+1001/m.test(readFileSync(`/proc/${name}/status`, 'utf8'))) return '';
        return readFileSync(`/proc/${name}/cmdline`, 'latin1') + readFileSync(`/proc/${name}/environ`, 'latin1');
      } catch {
        // It ended meanwhile.
        return '';
      }
    })
    .join('\n');
}

async function filesBelow(directory: string): Promise<string> {
  const found: Dirent[] = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map((file) => readFile(path.join(file.parentPath, file.name), 'utf8').catch(() => '')),
  );
  return texts.join('\n');
}

async function redisDump(): Promise<string> {
  const redis = new Redis(TEST_REDIS_URL);
  try {
    const keys = await redis.keys('*');
    const read = async (key: string): Promise<unknown> => {
      switch (await redis.type(key)) {
        case 'string':
          return redis.get(key);
        case 'hash':
          return redis.hgetall(key);
        case 'list':
          return redis.lrange(key, 0, -1);
        case 'set':
          return redis.smembers(key);
        case 'zset':
          return redis.zrange(key, '0', '-1');
        case 'stream':
          return redis.xrange(key, '-', '+');
        default:
          return null;
      }
    };
    const values = await Promise.all(keys.map(read));
    return keys.map((key, index) => `${key}\n${JSON.stringify(values[index])}`).join('\n');
  } finally {
    redis.disconnect();
  }
}

async function histories(): Promise<string> {
  const { workflow } = suite.engine.temporal.client;
  const texts: string[] = [];
  for await (const { workflowId, runId, memo } of workflow.list()) {
    const history = await workflow.getHandle(workflowId, runId).fetchHistory();
    texts.push(JSON.stringify(memo ?? {}), String(historyToJSON(history)));
  }
  return texts.join('\n');
}

dockerTest(
  'a secret goes through its whole life and stands nowhere but in the answer that shows it',
  async () => {
    const { crewId, leadId, workspaceId } = suite.crew;
    const [first, second] = [newSecret(), newSecret()];
    const owner = await api.addMember(workspaceId, 'OWNER');
    const pgOwner = await connectOwner(database);
    const answers: string[] = [];
    const tell = async <Body>(body: Promise<Body>): Promise<Body> => {
      answers.push(JSON.stringify(await body));
      return body;
    };

    // Created and bound.
    const stored = { name: 'CANARY', type: 'SECRET', value: first, security_level: 3, crew_ids: [crewId] };
    const { id } = await tell(owner.post<{ id: string }>('/credentials', stored));
    const slot = { credential_id: id, slot: 'CANARY', scope: 'AGENT', agent_id: leadId };
    await tell(owner.post('/credentials/bindings', slot));
    await tell(owner.put('/admin/keeper/governance', { auto_lease_seconds: 3_600 }));

    // Requested, leased, executed: by a program that puts it out in all the ways that it knows.
    world.say('ALLOW');
    expect((await tell(world.ask('CANARY'))).body).toMatchObject({ decision: 'ALLOW' });
    const leases = await suite.crew.rows(sql`SELECT lease_source FROM credential_grants WHERE credential_id = ${id}`);
    expect(leases).toEqual([{ lease_source: 'keeper_allow' }]);
    const script = `echo x > /workspace/canary-begun; while [ ! -e /workspace/canary-go ]; do sleep 0.1; done
      printf '%s\\n' "$CANARY"; printf '%s' "$CANARY" | base64 -w 0; echo; printf 'x%s' "$CANARY" | base64 -w 0; echo
      printf '%s' "$CANARY" | od -An -tx1 | tr -d ' \\n'; echo; printf '%s' "$CANARY" >&2; exit 0`;
    await writeFile(suite.workspace('canary.sh'), script);
    const running = world.execute('sh canary.sh', 'CANARY');
    await suite.appended('canary-begun');
    const inspected = await inspectAll();
    const [container] = await suite.crew.rows<{ container_id: string }>(
      sql`SELECT container_id FROM crews WHERE id = ${crewId}`,
    );
    const { pid } = (await suite.engine.docker.inspectContainer(container!.container_id))!;
    const proc = procOf(pid);
    await writeFile(suite.workspace('canary-go'), '');
    const executed = await tell(running);
    expect(executed.body).toMatchObject({ decision: 'ALLOW', exit_code: 0 });
    expect(executed.body.output).toContain('[REDACTED:keeper-secret]');

    // Rotated, shown to a person, and gone.
    await tell(owner.act(`/credentials/${id}/rotate`, { value: second, grace_seconds: 3_600 }));
    const { jwt } = await api.signIn(owner.id);
    const person = createCaller((request) =>
      api.call(jwt, { ...request, headers: { ...request.headers, 'x-workspace-id': workspaceId } }),
    );
    await person.put('/credentials/reveal-policy', { enabled: true });
    await pgOwner.query(`UPDATE memberships SET capabilities = ARRAY['credentials:reveal'] WHERE user_id = $1`, [
      owner.id,
    ]);
    const reason = 'Looking whether the canary is the one that was stored';
    const revealed = await person.act<{ value: string }>(`/credentials/${id}/reveal`, { reason });
    expect(revealed.value).toBe(second);
    const whileStored = await everyRow(pgOwner);
    await owner.delete(`/credentials/${id}`);
    expect((await world.ask('CANARY')).status).toBe(404);

    await seal();
    const places = new Map([
      ['answers', answers.join('\n')],
      ['database while stored', whileStored],
      ['database afterwards', await everyRow(pgOwner)],
      ['journal as a list', (await owner.send('GET', '/journal?limit=500')).body],
      ['journal export', (await owner.send('GET', '/journal/export.ndjson')).body],
      ['histories', await histories()],
      ['redis', await redisDump()],
      ['inspect', inspected],
      ['inspect afterwards', await inspectAll()],
      ['/proc of agents', proc],
      ['files, with run directories and logs', await filesBelow(suite.engine.dataDir)],
      ['what the judge was asked', JSON.stringify(made.upstream.requests)],
    ]);
    await pgOwner.end();
    for (const [place, text] of places)
      expect(text.length, place).toBeGreaterThan(place === '/proc of agents' ? -1 : 10);
    expect(hitsIn(places, [first, second])).toEqual([]);
    // The search finds what is there.
    expect(hitsIn(new Map([['reveal', JSON.stringify(revealed)]]), [first, second])).not.toEqual([]);
  },
  60_000,
);
