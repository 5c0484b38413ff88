import { createHmac, createPublicKey, randomBytes, verify } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Redis } from 'ioredis';
import { beforeEach, expect, test } from 'vitest';
import { createDeliveryQueue } from '../../../activities/people/deliveries/delivery-queue.ts';
import { createCourier } from '../../../commands/people/deliveries/courier.ts';
import { type DeliverySender, sendDelivery } from '../../../commands/people/deliveries/send-delivery.ts';
import { resealSecrets } from '../../../commands/vault/credentials/reseal-secrets.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { expireDeliveries } from '../../../db/people/deliveries/due-deliveries.ts';
import {
  addInboxItem,
  type InboxAudience,
  type NewInboxItem,
  resolveInboxItems,
} from '../../../db/people/inbox/inbox-store.ts';
import { DELIVERY_TRIES, type DeliveryState } from '../../../domain/people/deliveries/delivery.ts';
import { createWakeBus } from '../../../platform/bus/wake-bus.ts';
import { createGuardedClient } from '../../../platform/guarded-http/guarded-client.ts';
import { createLogger } from '../../../platform/logging/logger.ts';
import { createMailTransport } from '../../../platform/mail/mail-transport.ts';
import { createQueueRegistrar } from '../../../platform/queues/queue-registrar.ts';
import { everyRow } from '../../support/every-row.ts';
import { firstPasses } from '../../support/first-passes.ts';
import { soon } from '../../support/soon.ts';
import { startTestApi } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { TEST_REDIS_URL } from '../../support/test-services.ts';
import { outcome } from '../../support/world/caller.ts';
import { startMailServer } from '../../support/world/mail-server.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { serve } from '../../support/world/serve.ts';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
const received: Received[] = [];
/** What the receiver answers next; null: nothing, until the connection ends. */
let answer: { readonly status: number; readonly headers?: Record<string, string> } | null = { status: 204 };
const receiver = perFile(() =>
  serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ path: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() });
      if (answer !== null) response.writeHead(answer.status, answer.headers).end();
    });
  }),
);
const mails = perFile(() => startMailServer());
const api = perFile(() => startTestApi({ sendsMail: true }));
const database = perFile(() => connectOwner(api.testDatabase));
const boss = perTest(() => api.addOwner());
const log = createLogger({ name: 'test', level: 'silent' });
const FROM = 'crewship@crewship.example';
const PUBLIC_URL = 'https://crewship.example';

let client: ReturnType<typeof createGuardedClient>;
beforeEach(() => {
  received.length = 0;
  answer = { status: 204 };
  client = createGuardedClient({ allowed: [{ host: '127.0.0.1', port: receiver.port }] });
  return () => client.close();
});

function transport(port = mails.port) {
  return createMailTransport({ host: '127.0.0.1', port, isTls: false, needsStartTls: false, auth: null }, FROM);
}

function sender(over: Partial<DeliverySender> & { readonly webhookTimeoutMs?: number; readonly mail?: null } = {}) {
  const { webhookTimeoutMs = 5_000, mail = transport(), ...rest } = over;
  return {
    ...{ db: api.database, keyRing: TEST_KEY_RING, publicUrl: PUBLIC_URL, chance: () => 0 },
    courier: createCourier({ mail, client, webhookTimeoutMs }),
    ...rest,
  };
}

async function address(): Promise<string> {
  const { rows } = await database.query<{ email: string }>('SELECT email FROM users WHERE id = $1', [boss.id]);
  return rows[0]!.email;
}

interface Channel {
  readonly id: string;
  readonly secret: string | null;
  readonly public_key: string | null;
  readonly enabled: boolean;
}
const addChannel = (body: object = {}, url = `${receiver.url}/hook`): Promise<Channel> =>
  boss.post<Channel>('/notifications/channels', { name: 'Mine', url, ...body });

/** How the person wants to be told; the address is theirs. */
async function prefer(preferences: object): Promise<void> {
  await database.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [boss.id]);
  const { version } = await boss.get<{ version: number }>('/notifications/preferences');
  await boss.put('/notifications/preferences', { ...preferences, version });
}
const byWebhook = { channels: { webhook: { enabled: true } }, types: { 'run.failed': ['in_app', 'webhook'] } };
const byMail = { channels: { email: { enabled: true } }, types: { 'run.failed': ['in_app', 'email'] } };

let items = 0;
/** Something that its audience is told of; its subject's id. */
async function tell(
  item: Partial<NewInboxItem> = {},
  audience: InboxAudience = { audience_role: 'MANAGER' },
): Promise<string> {
  items += 1;
  const subjectId = `a-run-${items}`;
  await api.database.transaction({ workspaceIds: [boss.workspaceId] }, (tx) =>
    addInboxItem(tx, {
      ...{ workspaceId: boss.workspaceId, type: 'run.failed', subject_type: 'run', subject_id: subjectId },
      ...{ crew_id: null, blocking: false, ...audience, ...item },
    } as NewInboxItem),
  );
  return subjectId;
}

interface Row {
  readonly id: string;
  readonly status: DeliveryState;
  readonly channel: string;
  readonly cause: string;
  readonly purpose: string;
  readonly code: string | null;
  readonly attempts: number;
  readonly due_at: string | null;
  readonly digest_id: string | null;
  readonly response_status: number | null;
}
const list = async (query = '') =>
  (await boss.get<{ items: Row[] }>(`/notifications/deliveries${query}`)).items.toReversed();
const one = (id: string) => boss.get<Row>(`/notifications/deliveries/${id}`);
const makeDue = (id: string) =>
  database.query(`UPDATE deliveries SET due_at = now() - interval '1 second' WHERE id = $1`, [id]);
const journalled = async (id: string) =>
  (
    await database.query<{ entry_type: string }>(
      'SELECT entry_type FROM journal_entries WHERE target_id = $1 ORDER BY ts, id',
      [id],
    )
  ).rows.map(({ entry_type: type }) => type);

function signedWith(secret: string, { headers, body }: Received): string {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}

test('what a person has chosen leaves by the queue, woken by the commit, and no secret is in Redis or a row', async () => {
  const channel = await addChannel();
  await prefer({
    channels: { email: { enabled: true }, webhook: { enabled: true } },
    types: { 'run.failed': ['in_app', 'email', 'webhook'], 'job.failed': ['in_app', 'email'] },
  });
  expect(await boss.get('/notifications/preferences')).toMatchObject({
    channels: { email: { available: true }, webhook: { available: true } },
  });
  const stackId = `test-${randomBytes(4).toString('hex')}`;
  const passes = firstPasses();
  const queues = createQueueRegistrar({ redisUrl: TEST_REDIS_URL, stackId, log: passes.log });
  const bus = createWakeBus({ redisUrl: TEST_REDIS_URL, namespace: stackId, log });
  const deliveries = createDeliveryQueue({ ...sender(), db: api.database, queues, log, reconcileMs: 3_600_000 });
  queues.start();
  await deliveries.listen(bus);
  // What is sent was woken: the passes of the start are over.
  await passes.ended;
  const subject = await tell();
  const [item] = (await boss.get<{ rows: { id: string }[] }>('/inbox')).rows;
  const planned = await list();
  expect(planned.map(({ status, channel: way }) => [way, status]).toSorted()).toEqual([
    ['email', 'pending'],
    ['webhook', 'pending'],
  ]);
  const wakes = await database.query(`SELECT 1 FROM outbox WHERE payload::text LIKE '%' || $1 || '%'`, [item!.id]);
  expect(wakes.rowCount).toBe(1);
  await bus.publish({ topic: 'delivery', id: item!.id, workspaceId: boss.workspaceId });
  await soon(async () => expect((await list()).map(({ status }) => status)).toEqual(['delivered', 'delivered']));

  const mail = planned.find(({ channel: way }) => way === 'email')!;
  const { text, raw } = await mails.newestTo(await address());
  expect(text).toContain('A run failed.');
  expect(text).toContain(`${PUBLIC_URL}/api/v1/inbox/${item!.id}?workspace_id=${boss.workspaceId}`);
  expect(raw).toContain(`Message-ID: <${mail.id}@crewship.example>`);
  const [hook] = received;
  expect(hook!.headers).toMatchObject({
    ...{ 'content-type': 'application/json', 'webhook-id': planned.find(({ channel: way }) => way === 'webhook')!.id },
  });
  expect(hook!.headers['webhook-signature']).toBe(signedWith(channel.secret!, hook!));
  expect(JSON.parse(hook!.body)).toEqual({
    ...{ type: 'run.failed', timestamp: expect.any(String) },
    data: {
      workspace: { id: boss.workspaceId, name: expect.any(String) },
      cause: 'direct',
      notification: expect.objectContaining({
        ...{ id: item!.id, title: 'A run failed', subject: { type: 'run', id: subject }, blocking: false },
      }),
    },
  });
  expect(await journalled(mail.id)).toEqual(['delivery.delivered']);
  expect(await everyRow(database)).not.toContain(channel.secret);
  const redis = new Redis(TEST_REDIS_URL);
  const kept: string[] = [];
  for (const key of await redis.keys(`crewship:queues:${stackId}:*`)) {
    if ((await redis.type(key)) === 'hash') kept.push(JSON.stringify(await redis.hgetall(key)));
  }
  expect(kept.join('\n')).toContain(mail.id);
  for (const secret of [channel.secret!, await address(), 'A run failed', '/hook']) {
    expect(kept.join('\n')).not.toContain(secret);
  }
  await redis.quit();
  await queues.close();
  await bus.close();
});

test('what nobody has chosen, or goes to others, makes no delivery', async () => {
  await addChannel();
  await tell();
  expect(await list()).toEqual([]);
  await prefer({ ...byWebhook, types: { 'run.failed': ['in_app'] } });
  await tell();
  await prefer(byWebhook);
  await tell({ type: 'job.failed' });
  const other = await api.addMember(boss.workspaceId, 'MANAGER');
  await tell({}, { audience_user_id: other.id });
  expect(await list()).toEqual([]);
  await tell();
  expect(await list()).toHaveLength(1);
  expect(await other.get('/notifications/deliveries')).toMatchObject({ total: 0 });
  const [mine] = await list();
  expect(outcome(await other.ask('GET', `/notifications/deliveries/${mine!.id}`))).toEqual([404, 'not_found']);
  expect(outcome(await other.ask('GET', '/admin/deliveries'))).toEqual([403, 'forbidden']);
});

test('a CloudEvent signed by Ed25519 is checked with the public key, which is all that is shown', async () => {
  const channel = await addChannel({ format: 'cloudevents', signature: 'ed25519' });
  expect(channel).toMatchObject({ secret: null, public_key: expect.stringMatching(/^whpk_/) });
  await prefer(byWebhook);
  const subject = await tell();
  const [planned] = await list();
  expect(await sendDelivery(sender(), planned!.id)).toBe('delivered');
  const [{ headers, body }] = received as [Received];
  expect(headers['content-type']).toBe('application/cloudevents+json');
  expect(JSON.parse(body)).toMatchObject({
    ...{ specversion: '1.0', id: planned!.id, type: 'crewship.run.failed', subject: `run/${subject}` },
    source: `${PUBLIC_URL}/api/v1/workspaces/${boss.workspaceId}`,
    data: { notification: { title: 'A run failed' } },
  });
  const key = createPublicKey({
    key: Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      Buffer.from(channel.public_key!.slice('whpk_'.length), 'base64'),
    ]),
    ...{ format: 'der', type: 'spki' },
  } as const);
  const signature = Buffer.from(String(headers['webhook-signature']).slice('v1a,'.length), 'base64');
  const signed = Buffer.from(`${planned!.id}.${headers['webhook-timestamp']}.${body}`);
  expect(verify(null, signed, key, signature)).toBe(true);
});

test('a rotated secret signs beside the one before it, and both are sealed anew with the newest key', async () => {
  const channel = await addChannel();
  const rotated = await boss.act<Channel>(`/notifications/channels/${channel.id}/rotate-secret`);
  expect(rotated.secret).not.toBe(channel.secret);
  expect(rotated).toMatchObject({ old_secret_until: expect.any(String) });
  expect(await boss.get(`/notifications/channels/${channel.id}`)).not.toHaveProperty('secret');
  const test1 = await boss.post<Row>(`/notifications/channels/${channel.id}/test`, {}, 202);
  expect(await sendDelivery(sender(), test1.id)).toBe('delivered');
  const signatures = String(received[0]!.headers['webhook-signature']).split(' ');
  expect(signatures).toEqual([signedWith(rotated.secret!, received[0]!), signedWith(channel.secret!, received[0]!)]);
  expect(JSON.parse(received[0]!.body)).toMatchObject({ type: 'notification.test' });
  expect(await resealSecrets(api.database, TEST_KEY_RING)).toMatchObject({ unopened: 0 });
  await database.query(
    `UPDATE notification_channels SET old_secret_until = now() - interval '1 second' WHERE id = $1`,
    [channel.id],
  );
  const test2 = await boss.post<Row>(`/notifications/channels/${channel.id}/test`, {}, 202);
  expect(await sendDelivery(sender(), test2.id)).toBe('delivered');
  expect(received[1]!.headers['webhook-signature']).toBe(signedWith(rotated.secret!, received[1]!));
});

test('a receiver that is down, slow or redirects is tried again with a growing pause, and dead in the end', async () => {
  await addChannel();
  await prefer(byWebhook);
  await tell();
  const [{ id }] = (await list()) as [Row];
  answer = { status: 302, headers: { location: 'http://127.0.0.1:1/elsewhere' } };
  expect(await sendDelivery(sender(), id)).toBe('failed');
  expect(await one(id)).toMatchObject({ status: 'failed', code: 'http_302', response_status: 302, attempts: 1 });
  // Not before its time, whoever asks.
  expect(await sendDelivery(sender(), id)).toBe('not_due');
  await makeDue(id);
  answer = { status: 503, headers: { 'retry-after': '7200' } };
  expect(await sendDelivery(sender(), id)).toBe('failed');
  expect(new Date((await one(id)).due_at!).getTime() - Date.now()).toBeGreaterThan(7_100_000);
  await makeDue(id);
  answer = null;
  expect(await sendDelivery(sender({ webhookTimeoutMs: 200 }), id)).toBe('failed');
  expect(await one(id)).toMatchObject({ code: 'timeout', response_status: null, attempts: 3 });
  const nowhere = createGuardedClient({ allowed: [] });
  for (let tries = 4; tries <= DELIVERY_TRIES; tries += 1) {
    await makeDue(id);
    const courier = createCourier({ mail: null, client: nowhere });
    expect(await sendDelivery(sender({ courier }), id)).toBe(tries < DELIVERY_TRIES ? 'failed' : 'dead');
  }
  await nowhere.close();
  expect(await one(id)).toMatchObject({ status: 'dead', code: 'address_refused', due_at: null });
  expect(await journalled(id)).toEqual(['delivery.dead']);
  expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([id]));

  // A dead letter is seen and asked for again, by its person or who manages the workspace.
  expect(await boss.get('/admin/deliveries?status=dead')).toMatchObject({
    total: 1,
    items: [{ id, user_id: boss.id }],
  });
  answer = { status: 200 };
  const replayed = await boss.post<Row>(`/notifications/deliveries/${id}/replay`, {}, 202);
  expect(replayed).toMatchObject({ id, status: 'pending' });
  const twice = await boss.ask('POST', `/admin/deliveries/${id}/replay`);
  expect([twice.status, twice.body]).toMatchObject([409, { code: 'wrong_state', current_status: 'pending' }]);
  expect(await sendDelivery(sender(), id)).toBe('delivered');
  expect(await journalled(id)).toEqual(['delivery.dead', 'delivery.replayed', 'delivery.delivered']);
  expect(outcome(await boss.ask('POST', `/notifications/deliveries/${id}/replay`))).toEqual([409, 'wrong_state']);
});

test('a receiver that is gone is not called again, nor one whose deliveries die one after the other', async () => {
  const channel = await addChannel();
  await prefer(byWebhook);
  await tell();
  await tell();
  const [first, second] = (await list()) as [Row, Row];
  answer = { status: 410 };
  expect(await sendDelivery(sender(), first.id)).toBe('dead');
  expect(await boss.get(`/notifications/channels/${channel.id}`)).toMatchObject({
    ...{ enabled: false, disabled_reason: 'gone' },
  });
  expect(await journalled(channel.id)).toEqual(['notification_channel.created', 'notification_channel.disabled']);
  expect(await sendDelivery(sender(), second.id)).toBe('skipped');
  expect(await one(second.id)).toMatchObject({ status: 'skipped', code: 'channel_off' });
  await tell();
  expect(await list()).toHaveLength(2);
  expect(received).toHaveLength(1);
  expect(await boss.patch(`/notifications/channels/${channel.id}`, { enabled: true })).toMatchObject({
    ...{ enabled: true, disabled_reason: null, failures: 0 },
  });
  answer = { status: 500 };
  for (let deaths = 1; deaths <= 5; deaths += 1) {
    await tell();
    const { id } = (await list()).at(-1)!;
    await database.query('UPDATE deliveries SET tries = $2 WHERE id = $1', [id, DELIVERY_TRIES - 1]);
    expect(await sendDelivery(sender(), id)).toBe('dead');
  }
  expect(await boss.get(`/notifications/channels/${channel.id}`)).toMatchObject({
    ...{ enabled: false, disabled_reason: 'failing', failures: 5 },
  });
  expect(outcome(await boss.ask('POST', `/notifications/channels/${channel.id}/test`))).toEqual([409, 'conflict']);
  await boss.delete(`/notifications/channels/${channel.id}`);
  expect(await boss.get('/notifications/channels')).toEqual([]);
});

test('a process that dies between sending and writing it down sends again under the same id, after its lease', async () => {
  await addChannel();
  await prefer(byWebhook);
  await tell();
  const [{ id }] = (await list()) as [Row];
  const whole = sender();
  let transactions = 0;
  const dying: DeliverySender = {
    ...whole,
    db: {
      systemTransaction: (options, work) => {
        transactions += 1;
        if (transactions > 1) throw new Error('killed');
        return whole.db.systemTransaction(options, work);
      },
    },
  };
  await expect(sendDelivery(dying, id)).rejects.toThrow('killed');
  expect(await one(id)).toMatchObject({ status: 'sending', attempts: 1 });
  expect(await sendDelivery(whole, id)).toBe('not_due');
  await makeDue(id);
  expect(await sendDelivery(whole, id)).toBe('delivered');
  expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([id, id]);
  expect(await journalled(id)).toEqual(['delivery.delivered']);
});

test('of many who send one delivery at the same moment one does', async () => {
  await addChannel();
  await prefer(byWebhook);
  await tell();
  const [{ id }] = (await list()) as [Row];
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => sendDelivery(sender(), id)));
  expect(outcomes.toSorted()).toEqual(['delivered', ...Array.from({ length: 5 }, () => 'not_due')]);
  expect(received).toHaveLength(1);
});

test('a mail is skipped without a server or a confirmed address, and tried again when the server is down', async () => {
  await prefer(byMail);
  await tell();
  const [{ id }] = (await list()) as [Row];
  expect(await sendDelivery(sender({ mail: null }), id)).toBe('skipped');
  expect(await one(id)).toMatchObject({ status: 'skipped', code: 'no_mail_server', attempts: 0 });
  await boss.post(`/notifications/deliveries/${id}/replay`, {}, 202);
  await database.query('UPDATE users SET email_verified_at = NULL WHERE id = $1', [boss.id]);
  expect(await sendDelivery(sender(), id)).toBe('skipped');
  expect(await one(id)).toMatchObject({ code: 'address_unconfirmed' });
  await database.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [boss.id]);
  await boss.post(`/notifications/deliveries/${id}/replay`, {}, 202);
  const down = createCourier({ mail: transport(1), client });
  expect(await sendDelivery(sender({ courier: down }), id)).toBe('failed');
  await makeDue(id);
  mails.refuse({ code: 550 });
  expect(await sendDelivery(sender(), id)).toBe('dead');
  mails.refuse(null);
  expect(await one(id)).toMatchObject({ status: 'dead', code: 'smtp_550' });
  const unreached = await address();
  expect(mails.mails.some(({ to }) => to.includes(unreached))).toBe(false);
});

test('who may not see it any more, or has seen it, is not told; nor of what they switched off', async () => {
  await addChannel();
  await prefer(byWebhook);
  const member = await api.addMember(boss.workspaceId, 'MANAGER');
  await member.post('/notifications/channels', { name: 'Theirs', url: `${receiver.url}/theirs` });
  await member.put('/notifications/preferences', { ...byWebhook, version: 0 });
  await tell();
  const theirs = (await member.get<{ items: Row[] }>('/notifications/deliveries')).items[0]!;
  await boss.patch(`/workspaces/${boss.workspaceId}/members/${member.id}`, { role: 'MEMBER' });
  expect(await sendDelivery(sender(), theirs.id)).toBe('skipped');
  expect(await member.get(`/notifications/deliveries/${theirs.id}`)).toMatchObject({ code: 'no_access' });

  const [seen] = (await list()) as [Row];
  await boss.act('/notifications/read-all');
  expect(await sendDelivery(sender(), seen.id)).toBe('skipped');
  expect(await one(seen.id)).toMatchObject({ code: 'seen' });
  const subject = await tell();
  const settled = (await list()).at(-1)!;
  await api.database.transaction({ workspaceIds: [boss.workspaceId] }, (tx) =>
    resolveInboxItems(tx, 'run', [subject], { action: 'retried' }),
  );
  expect(await sendDelivery(sender(), settled.id)).toBe('skipped');
  await tell();
  const unwanted = (await list()).at(-1)!;
  await prefer({ ...byWebhook, types: {} });
  expect(await sendDelivery(sender(), unwanted.id)).toBe('skipped');
  expect(await one(unwanted.id)).toMatchObject({ code: 'switched_off' });
  expect(received).toEqual([]);
});

test('in quiet hours nothing leaves; afterwards it does', async () => {
  await addChannel();
  await prefer({ ...byWebhook, quiet_hours: { from: '22:00', to: '07:00', time_zone: 'Europe/Prague' } });
  await tell();
  const [{ id }] = (await list()) as [Row];
  const at = (text: string) => sender({ now: () => new Date(text) });
  const night = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  expect(await sendDelivery(at(`${night}T23:00:00Z`), id)).toBe('put_off');
  const { status, attempts, due_at: due } = await one(id);
  expect([status, attempts, new Date(due!).getUTCHours()]).toEqual(['pending', 0, expect.any(Number)]);
  expect([5, 6]).toContain(new Date(due!).getUTCHours());
  await makeDue(id);
  expect(await sendDelivery(at(`${night}T12:00:00Z`), id)).toBe('delivered');
  expect(received).toHaveLength(1);
});

test('what does not press is told together, what presses at once', async () => {
  await prefer({
    channels: { email: { enabled: true } },
    types: { 'run.failed': ['in_app', 'email'], 'escalation.opened': ['in_app', 'email'] },
    digest: { every: 'day', at: '08:00', time_zone: 'UTC' },
  });
  await tell();
  await tell();
  await tell();
  await tell({ type: 'escalation.opened', subject_type: 'escalation', blocking: true });
  for (const { id } of await list()) await sendDelivery(sender(), id);
  const rows = await list();
  expect(rows.map(({ purpose, status }) => `${purpose} ${status}`).toSorted()).toEqual([
    ...['digest pending', 'notification delivered', ...Array.from({ length: 3 }, () => 'notification digested')],
  ]);
  expect((await mails.newestTo(await address())).text).toContain('An agent asks a question.');
  const digest = rows.find(({ purpose }) => purpose === 'digest')!;
  expect(new Date(digest.due_at!).toISOString()).toMatch(/T08:00:00\.000Z$/);
  expect(new Set(rows.flatMap(({ digest_id: of }) => of ?? []))).toEqual(new Set([digest.id]));
  // One of them is read before the digest leaves.
  const [read] = (await boss.get<{ rows: { id: string; kind: string }[] }>('/inbox?kind=failed_run')).rows;
  await boss.patch(`/inbox/${read!.id}`, { state: 'read' });
  await makeDue(digest.id);
  expect(await sendDelivery(sender(), digest.id)).toBe('delivered');
  const { raw, text } = await mails.newestTo(await address());
  expect(raw).toMatch(/^Subject: .*2 notifications\r$/m);
  expect(text.match(/^- A run failed/gm)).toHaveLength(2);
  // What comes now is for the next one.
  await tell();
  await sendDelivery(sender(), (await list()).at(-1)!.id);
  expect((await list('?status=pending')).map(({ id }) => id)).not.toContain(digest.id);
  expect(await list('?status=digested')).toHaveLength(4);
});

test('a second channel is used when nobody has answered after a while', async () => {
  await prefer({
    channels: { email: { enabled: true } },
    types: {},
    staggering: { channel: 'email', after_minutes: 30 },
  });
  await tell();
  expect(await list()).toEqual([]);
  const pressing = { type: 'escalation.opened', subject_type: 'escalation', blocking: true } as const;
  await tell(pressing);
  const answered = await tell(pressing);
  const [first, second] = (await list()) as [Row, Row];
  expect(first).toMatchObject({ cause: 'staggered', status: 'pending' });
  const wait = new Date(first.due_at!).getTime() - Date.now();
  expect(wait).toBeGreaterThan(29 * 60_000);
  expect(await sendDelivery(sender(), first.id)).toBe('not_due');
  await api.database.transaction({ workspaceIds: [boss.workspaceId] }, (tx) =>
    resolveInboxItems(tx, 'escalation', [answered], { action: 'approved' }),
  );
  await makeDue(first.id);
  await makeDue(second.id);
  expect(await sendDelivery(sender(), first.id)).toBe('delivered');
  expect(await sendDelivery(sender(), second.id)).toBe('skipped');
  expect((await mails.newestTo(await address())).text).toContain('Nobody has answered it yet.');
});

test('a channel is for a public address, ten a person, and deliveries are kept for a month', async () => {
  for (const [path, body] of [
    ['url', { name: 'X', url: 'ftp://hooks.example.com/' }],
    ['url', { name: 'X', url: 'https://user:pass@hooks.example.com/' }],
    ['name', { name: '', url: 'https://hooks.example.com/' }],
    ['signature', { name: 'X', url: 'https://hooks.example.com/', signature: 'md5' }],
  ] as const) {
    const refused = await boss.ask('POST', '/notifications/channels', body);
    expect([refused.status, refused.body.errors?.[0]?.path], path).toEqual([400, path]);
  }
  const inside = await addChannel({}, 'http://169.254.169.254/latest');
  const probe = await boss.post<Row>(`/notifications/channels/${inside.id}/test`, {}, 202);
  expect(await sendDelivery(sender(), probe.id)).toBe('dead');
  expect(await one(probe.id)).toMatchObject({ code: 'address_refused' });
  for (let count = 1; count < 10; count += 1) await addChannel();
  expect(outcome(await boss.ask('POST', '/notifications/channels', { name: 'X', url: 'https://x.example/' }))).toEqual([
    ...[409, 'conflict'],
  ]);
  await database.query(`UPDATE deliveries SET settled_at = now() - interval '31 days' WHERE id = $1`, [probe.id]);
  expect(await expireDeliveries(api.database)).toBe(1);
  expect(await api.database.systemReads.any([], sql`SELECT id FROM deliveries WHERE id = ${probe.id}`)).toEqual([]);
});
