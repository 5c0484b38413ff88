import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { createWakeBus, type Wake, type WakeBus } from '../../../platform/bus/wake-bus.ts';
import { openTcpGate } from './tcp-gate.ts';
import { startTestRedis } from './test-redis.ts';
import { perFile } from '../../support/world/per-file.ts';
import { soon } from '../../support/soon.ts';

const log = { info() {}, warn() {} };
const buses: WakeBus[] = [];

const redis = perFile(() => startTestRedis('bus'));
afterAll(async () => {
  for (const bus of buses) await bus.close();
});

function openBus(namespace: string, redisUrl = redis.redisUrl): WakeBus {
  const bus = createWakeBus({ redisUrl, namespace, log });
  buses.push(bus);
  return bus;
}

async function listen(bus: WakeBus): Promise<{ wakes: Wake[]; joins: () => number }> {
  const wakes: Wake[] = [];
  let joins = 0;
  await bus.subscribe({ onWake: (wake) => wakes.push(wake), onReconnect: () => (joins += 1) });
  return { wakes, joins: () => joins };
}

async function behindGate() {
  const target = new URL(redis.redisUrl);
  const gate = await openTcpGate({ host: target.hostname, port: Number(target.port) });
  const url = new URL(redis.redisUrl);
  url.host = `127.0.0.1:${gate.port}`;
  return { gate, redisUrl: url.toString() };
}

const wake: Wake = { topic: 'escalation', id: 'e1', workspaceId: 'w1' };

test('a wake reaches every process of the stack and no process of another stack', async () => {
  const namespace = randomUUID();
  const first = await listen(openBus(namespace));
  const second = await listen(openBus(namespace));
  const stranger = await listen(openBus(randomUUID()));
  await openBus(namespace).publish(wake);
  await soon(() => expect([first.wakes, second.wakes]).toEqual([[wake], [wake]]));
  expect(stranger.wakes).toEqual([]);
});

test('a listener that throws does not keep the others from hearing', async () => {
  const bus = openBus(randomUUID());
  await bus.subscribe({
    onWake: () => {
      throw new Error('boom');
    },
    onReconnect: () => {},
  });
  const other = await listen(bus);
  await bus.publish(wake);
  await soon(() => expect(other.wakes).toEqual([wake]));
});

test('after an outage the channel is joined again, and the listener is told so', async () => {
  const { gate, redisUrl } = await behindGate();
  const namespace = randomUUID();
  const heard = await listen(openBus(namespace, redisUrl));
  expect(heard.joins()).toBe(1);
  await gate.shut();
  await gate.open();
  await soon(() => expect(heard.joins()).toBe(2));
  await openBus(namespace).publish(wake);
  await soon(() => expect(heard.wakes).toEqual([wake]));
  await gate.shut();
});

test('without Redis nothing blocks or crashes: publishing is refused in time and works once Redis is there', async () => {
  const { gate, redisUrl } = await behindGate();
  await gate.shut();
  const bus = openBus(randomUUID(), redisUrl);
  const since = performance.now();
  const [heard] = await Promise.all([
    listen(bus),
    expect(bus.publish(wake)).rejects.toThrow('Redis is not connected'),
    expect(bus.ping()).rejects.toThrow(),
  ]);
  expect(performance.now() - since).toBeLessThan(3_000);
  expect(heard.joins()).toBe(0);
  await gate.open();
  await soon(() => expect(heard.joins()).toBe(1));
  await soon(() => bus.publish(wake));
  await soon(() => expect(heard.wakes).toEqual([wake]));
  await gate.shut();
});

test('a Redis that takes and never answers is given up and replaced', async () => {
  const { gate, redisUrl } = await behindGate();
  const bus = openBus(randomUUID(), redisUrl);
  await bus.ping();
  gate.freeze();
  const since = performance.now();
  await expect(bus.publish(wake)).rejects.toThrow();
  expect(performance.now() - since).toBeLessThan(3_000);
  await soon(() => bus.publish(wake));
  await gate.shut();
});
