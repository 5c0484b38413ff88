import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createChannel } from '../../../commands/people/deliveries/channel-commands.ts';
import { testChannel } from '../../../commands/people/deliveries/delivery-commands.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { createKeyRing } from '../../../platform/crypto/key-ring.ts';
import { startChild } from '../../support/child-process.ts';
import { soon } from '../../support/soon.ts';
import { startTestApi } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { TEST_REDIS_URL, TEST_TEMPORAL_ADDRESS } from '../../support/test-services.ts';
import { perFile } from '../../support/world/per-file.ts';
import { serve } from '../../support/world/serve.ts';

/** What came; nobody is answered before `isAnswering`. */
const ids: string[] = [];
let isAnswering = false;
let arrived = Promise.withResolvers<void>();
const receiver = perFile(() =>
  serve((request, response) => {
    ids.push(String(request.headers['webhook-id']));
    request.resume();
    if (isAnswering) response.writeHead(204).end();
    arrived.resolve();
    arrived = Promise.withResolvers();
  }),
);
const api = perFile(() => startTestApi());
const database = perFile(() => connectOwner(api.testDatabase));

test('a process that is killed while the receiver has the message is made up for, under the same id', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-deliveries-'));
  const logFile = path.join(directory, 'side-effects.log');
  const key = randomBytes(32);
  const start = () =>
    startChild(
      'workers/side-effects.ts',
      {
        CREWSHIP_APP_DATABASE_URL: api.testDatabase.appUrl,
        CREWSHIP_SYSTEM_DATABASE_URL: api.testDatabase.systemUrl,
        REDIS_URL: TEST_REDIS_URL,
        TEMPORAL_ADDRESS: TEST_TEMPORAL_ADDRESS,
        CREWSHIP_STACK_ID: `test-${randomBytes(4).toString('hex')}`,
        CREWSHIP_LOG_LEVEL: 'debug',
        ENCRYPTION_KEY: key.toString('hex'),
        CREWSHIP_OUTBOUND_ALLOW: `127.0.0.1:${receiver.port}`,
      },
      logFile,
    );
  const boss = await api.addOwner();
  const owner = { workspaceId: boss.workspaceId, userId: boss.id };
  const inWorkspace = { workspaceIds: [boss.workspaceId] };
  const wanted = { ...owner, name: 'Mine', url: `${receiver.url}/hook`, format: 'standard' } as const;
  const ring = createKeyRing(new Map([[1, key]]));
  const { channel, secret } = await api.database.transaction(inWorkspace, (tx) =>
    createChannel(tx, ring, { ...wanted, signature: 'hmac-sha256' }, systemActor()),
  );
  const first = await start();
  try {
    const reached = arrived.promise;
    // Its relay finds the command of another process's commit, and its queue the delivery.
    const { id: deliveryId } = await api.database.transaction(inWorkspace, (tx) => testChannel(tx, owner, channel.id));
    await reached;
    await first.kill();
    const row = async () =>
      (await database.query('SELECT status, attempts FROM deliveries WHERE id = $1', [deliveryId])).rows[0] as object;
    expect(await row()).toEqual({ status: 'sending', attempts: 1 });
    // Its lease is over.
    await database.query(`UPDATE deliveries SET due_at = now() - interval '1 second' WHERE id = $1`, [deliveryId]);
    isAnswering = true;
    const second = await start();
    try {
      await soon(async () => expect(await row()).toEqual({ status: 'delivered', attempts: 2 }));
      expect(ids).toEqual([deliveryId, deliveryId]);
      expect(await readFile(logFile, 'utf8')).not.toContain(secret);
      expect(await second.stop()).toBe(0);
    } finally {
      await second.kill();
    }
  } finally {
    await first.kill();
    await rm(directory, { recursive: true, force: true });
  }
});
