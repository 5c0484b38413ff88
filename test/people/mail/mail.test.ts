import { randomBytes } from 'node:crypto';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, test, vi } from 'vitest';
import { createMailQueue } from '../../../activities/people/mail/mail-queue.ts';
import { mayMail, type NewMail, queueMail } from '../../../commands/people/mail/queue-mail.ts';
import { sendMail } from '../../../commands/people/mail/send-mail.ts';
import { resealSecrets } from '../../../commands/vault/credentials/reseal-secrets.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { expireMails } from '../../../db/people/mail/due-mails.ts';
import { MAIL_ATTEMPTS } from '../../../domain/people/mail/mail.ts';
import { createWakeBus } from '../../../platform/bus/wake-bus.ts';
import { createKeyRing } from '../../../platform/crypto/key-ring.ts';
import { createLogger } from '../../../platform/logging/logger.ts';
import { createMailTransport } from '../../../platform/mail/mail-transport.ts';
import { createQueueRegistrar } from '../../../platform/queues/queue-registrar.ts';
import { everyRow } from '../../support/every-row.ts';
import { firstPasses } from '../../support/first-passes.ts';
import { soon } from '../../support/soon.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { TEST_REDIS_URL } from '../../support/test-services.ts';
import { startMailServer } from '../../support/world/mail-server.ts';
import { perFile } from '../../support/world/per-file.ts';
import { useDatabase } from '../../support/world/use-database.ts';

const { db, owner } = useDatabase();
const server = perFile(() => startMailServer());
const log = createLogger({ name: 'test', level: 'silent' });
const publicUrl = 'https://crewship.example';
const loopback = { host: '127.0.0.1', isTls: false, needsStartTls: false, auth: null };
const transport = perFile(() => createMailTransport({ ...loopback, port: server.port }, 'crewship@crewship.example'));
const sender = () => ({ db, keyRing: TEST_KEY_RING, transport, publicUrl });

let count = 0;
/** A mail to an address of its own; its id. */
async function queue(mail: Partial<NewMail> = {}): Promise<{ id: string; recipient: string; token: string }> {
  count += 1;
  const recipient = `person${count}@example.com`;
  const token = randomBytes(32).toString('hex');
  const whole: NewMail = {
    ...{ kind: 'reset_password', recipient, token, workspaceId: null, validSeconds: 600 },
    ...mail,
  };
  await db.systemTransaction({}, (tx) => queueMail(tx, TEST_KEY_RING, whole));
  const { rows } = await owner.query<{ id: string }>('SELECT id FROM mails WHERE recipient = $1', [recipient]);
  return { id: rows[0]!.id, recipient, token };
}

async function row(id: string) {
  const { rows } = await owner.query<{
    status: string;
    attempts: number;
    sealed_token: string | null;
    error_code: string | null;
    pause: number;
  }>(
    `SELECT status, attempts, sealed_token, error_code, extract(epoch FROM next_try_at - now())::int AS pause
     FROM mails WHERE id = $1`,
    [id],
  );
  return rows[0]!;
}

const makeDue = (id: string) => owner.query('UPDATE mails SET next_try_at = now() WHERE id = $1', [id]);

test('a mail is sent once by the queue, woken by its commit’s command, and its token stays nowhere', async () => {
  const stackId = `test-${randomBytes(4).toString('hex')}`;
  const passes = firstPasses();
  const queues = createQueueRegistrar({ redisUrl: TEST_REDIS_URL, stackId, log: passes.log });
  const bus = createWakeBus({ redisUrl: TEST_REDIS_URL, namespace: stackId, log });
  const mails = createMailQueue({ ...sender(), queues, log, reconcileMs: 3_600_000 });
  queues.start();
  await mails.listen(bus);
  // What is sent was woken: the passes of the start are over.
  await passes.ended;
  const { id, recipient, token } = await queue();
  const before = await everyRow(owner);
  expect(before).toContain(`mail:${id}`);
  expect(before).not.toContain(token);
  await bus.publish({ topic: 'mail', id, workspaceId: 'instance' });
  const mail = await server.newestTo(recipient);
  expect(mail.text).toContain(`https://crewship.example/reset?token=${token}`);
  expect(mail.from).toBe('crewship@crewship.example');
  expect(mail.raw).toMatch(/^From: Crewship <crewship@crewship\.example>\r$/m);
  await vi.waitFor(async () =>
    expect(await row(id)).toMatchObject({ status: 'sent', attempts: 1, sealed_token: null }),
  );
  expect(await everyRow(owner)).not.toContain(token);
  const redis = new Redis(TEST_REDIS_URL);
  const kept: string[] = [];
  for (const key of await redis.keys(`crewship:queues:${stackId}:*`)) {
    if ((await redis.type(key)) === 'hash') kept.push(JSON.stringify(await redis.hgetall(key)));
  }
  expect(kept.join('\n')).toContain(id);
  expect(kept.join('\n')).not.toContain(token);
  expect(kept.join('\n')).not.toContain(recipient);
  await redis.quit();
  await queues.close();
  await bus.close();
});

test('what nobody was woken for is found by a pass, and as soon as wakes may have been missed', async () => {
  const stackId = `test-${randomBytes(4).toString('hex')}`;
  const queues = createQueueRegistrar({ redisUrl: TEST_REDIS_URL, stackId, log });
  const mails = createMailQueue({ ...sender(), queues, log, reconcileMs: 3_600_000 });
  let onReconnect = () => {};
  await mails.listen({ subscribe: async (listener) => void (onReconnect = () => listener.onReconnect()) });
  const first = await queue();
  queues.start();
  expect((await server.newestTo(first.recipient)).to).toEqual([first.recipient]);
  const second = await queue();
  onReconnect();
  expect((await server.newestTo(second.recipient)).to).toEqual([second.recipient]);
  await queues.close();
});

test('a mail that is put off waits in the queue for the moment that its row says, and nothing asks meanwhile', async () => {
  const stackId = `test-${randomBytes(4).toString('hex')}`;
  const queues = createQueueRegistrar({ redisUrl: TEST_REDIS_URL, stackId, log });
  const bus = createWakeBus({ redisUrl: TEST_REDIS_URL, namespace: stackId, log });
  const mails = createMailQueue({ ...sender(), queues, log, reconcileMs: 3_600_000 });
  const looked = new Queue('mail', { connection: { url: TEST_REDIS_URL }, prefix: `crewship:queues:${stackId}` });
  queues.start();
  await mails.listen(bus);
  server.refuse({ code: 451 });
  const { id, recipient } = await queue();
  await bus.publish({ topic: 'mail', id, workspaceId: 'instance' });
  const waiting = () =>
    soon(async () => {
      // A pass that found the mail while it was being sent leaves a job for the end of that try’s lease: a later one.
      const job = (await looked.getDelayed()).find(({ data, delay }) => data.id === id && delay <= 15_000);
      expect(job).toBeDefined();
      return job!;
    });
  const job = await waiting();
  expect(job.delay).toBeGreaterThan(10_000);
  server.refuse(null);
  // Too early by the row: it waits again.
  await job.promote();
  await soon(async () => expect(await job.getState()).toBe('completed'));
  expect(await row(id)).toMatchObject({ status: 'pending', attempts: 1 });
  await makeDue(id);
  await (await waiting()).promote();
  expect((await server.newestTo(recipient)).to).toEqual([recipient]);
  await soon(async () => expect(await row(id)).toMatchObject({ status: 'sent', attempts: 2 }));
  await looked.close();
  await queues.close();
  await bus.close();
});

test('of many who send one mail at the same moment one does', async () => {
  const { id, recipient } = await queue();
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => sendMail(sender(), id)));
  expect(outcomes.toSorted()).toEqual([...Array.from({ length: 5 }, () => 'not_due'), 'sent']);
  expect(server.mails.filter(({ to }) => to.includes(recipient))).toHaveLength(1);
  expect(await sendMail(sender(), id)).toBe('not_due');
});

test('a server that refuses for now is tried again with a growing pause, and not for ever', async () => {
  const { id } = await queue();
  server.refuse({ code: 451 });
  const pauses: number[] = [];
  for (let attempt = 1; attempt < MAIL_ATTEMPTS; attempt += 1) {
    expect(await sendMail(sender(), id)).toBe('put_off');
    expect(await sendMail(sender(), id)).toBe('not_due');
    pauses.push((await row(id)).pause);
    await makeDue(id);
  }
  expect(pauses.slice(0, 3).map((pause) => Math.round(pause / 5) * 5)).toEqual([15, 30, 60]);
  expect(await sendMail(sender(), id)).toBe('dead');
  server.refuse(null);
  expect(await row(id)).toMatchObject({ status: 'dead', attempts: 10, sealed_token: null, error_code: 'smtp_451' });
  await makeDue(id);
  expect(await sendMail(sender(), id)).toBe('not_due');
  const entry = await owner.query(
    `SELECT payload FROM journal_entries WHERE entry_type = 'mail.dead' AND target_id = $1`,
    [id],
  );
  expect(entry.rows).toEqual([{ payload: { kind: 'reset_password', attempts: 10, code: 'smtp_451' } }]);
});

test('an address that the server does not know is not tried again', async () => {
  const { id } = await queue();
  server.refuse({ code: 550 });
  expect(await sendMail(sender(), id)).toBe('dead');
  server.refuse(null);
});

test('without a server a mail waits', async () => {
  const { id } = await queue();
  const nowhere = createMailTransport({ ...loopback, port: 1 }, 'crewship@crewship.example');
  expect(await sendMail({ ...sender(), transport: nowhere }, id)).toBe('put_off');
  expect(await row(id)).toMatchObject({ status: 'pending', attempts: 1 });
  await makeDue(id);
  expect(await sendMail(sender(), id)).toBe('sent');
});

test('nothing is said to a server that does not become TLS where it must', async () => {
  const plain = await startMailServer({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
  const strict = createMailTransport(
    { ...loopback, port: plain.port, needsStartTls: true },
    'crewship@crewship.example',
  );
  const { id } = await queue();
  expect(await sendMail({ ...sender(), transport: strict }, id)).toBe('put_off');
  expect(plain.mails).toEqual([]);
  await plain.close();
});

test('names with line breaks add neither a header nor a recipient', async () => {
  const workspace = 'Crew\r\nBcc: eve@evil.example\r\n\r\nhello';
  const { id, recipient } = await queue({ kind: 'invitation', words: { workspace, inviter: 'A\nCc: x@y.example' } });
  expect(await sendMail(sender(), id)).toBe('sent');
  const { raw, to } = await server.newestTo(recipient);
  expect(to).toEqual([recipient]);
  const [head] = raw.split('\r\n\r\n');
  expect(head).not.toMatch(/^(Bcc|Cc):/im);
  expect(raw).not.toContain('eve@evil.example');
});

test('a mail whose link is over is not sent, and its token goes', async () => {
  const { id } = await queue({ validSeconds: 0 });
  expect(await sendMail(sender(), id)).toBe('not_due');
  expect(await expireMails(db)).toMatchObject({ expired: 1 });
  expect(await row(id)).toMatchObject({ status: 'expired', sealed_token: null });
  await owner.query(`UPDATE mails SET settled_at = now() - interval '31 days' WHERE id = $1`, [id]);
  expect(await expireMails(db)).toMatchObject({ deleted: 1 });
});

test('an address gets at most five mails of a kind in an hour', async () => {
  const { recipient } = await queue();
  const may = () => db.systemTransaction({}, (tx) => mayMail(tx, recipient, 'reset_password'));
  expect(await may()).toBe(true);
  await owner.query(
    `INSERT INTO mails (id, kind, recipient, expires_at)
     SELECT 'more' || n, 'reset_password', $1, now() FROM generate_series(1, 4) n`,
    [recipient],
  );
  expect(await may()).toBe(false);
  await owner.query(`UPDATE mails SET created_at = now() - interval '61 minutes' WHERE recipient = $1`, [recipient]);
  expect(await may()).toBe(true);
});

test('a token is sealed anew with the newest key, and one that no key opens ends its mail', async () => {
  const old = new Map([[1, randomBytes(32)]]);
  const both = createKeyRing(new Map([...old, [2, randomBytes(32)]]));
  const recipient = 'rotated@example.com';
  await db.systemTransaction({}, (tx) =>
    queueMail(tx, createKeyRing(old), {
      ...{ kind: 'verify_email', recipient, token: 'a'.repeat(64), workspaceId: null, validSeconds: 60 },
    }),
  );
  const id = (await db.systemReads.maybeOne<{ id: string }>(
    [],
    sql`SELECT id FROM mails WHERE recipient = ${recipient}`,
  ))!.id;
  await resealSecrets(db, both);
  expect((await row(id)).sealed_token).toMatch(/^v2:/);
  expect(await sendMail({ ...sender(), keyRing: TEST_KEY_RING }, id)).toBe('dead');
  expect(await row(id)).toMatchObject({ status: 'dead', error_code: 'unsealable', sealed_token: null });
});
