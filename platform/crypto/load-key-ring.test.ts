import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../config/config.ts';
import { loadKeyRing } from './load-key-ring.ts';

let base: string;
const context = { workspaceId: 'ws1', ownerId: 'row1', field: 'value' };
const required = {
  CREWSHIP_APP_DATABASE_URL: 'postgres://localhost/x',
  CREWSHIP_SYSTEM_DATABASE_URL: 'postgres://localhost/x',
};

beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'key-ring-'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

const configOf = (env: Record<string, string>) =>
  parseConfig({ ...required, CREWSHIP_DATA_DIR: path.join(base, 'data'), ...env });

test('without a key only local mode starts, with one that it keeps for its owner alone', async () => {
  await expect(loadKeyRing(configOf({}))).rejects.toThrow('ENCRYPTION_KEY');
  const local = configOf({ CREWSHIP_MODE: 'local' });
  const rings = await Promise.all(Array.from({ length: 8 }, () => loadKeyRing(local)));
  const sealed = rings[0]!.seal('secret', context);
  for (const ring of rings) expect(ring.open(sealed, context)).toBe('secret');
  const file = path.join(base, 'data', 'encryption-key');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await chmod(file, 0o644);
  await expect(loadKeyRing(local)).rejects.toThrow('can be read by others');
});

test('configured keys make the ring: the first is v1, the others carry their version', async () => {
  const first = 'a'.repeat(64);
  const second = 'b'.repeat(64);
  const one = await loadKeyRing(configOf({ ENCRYPTION_KEY: first }));
  const both = await loadKeyRing(configOf({ ENCRYPTION_KEY: first, ENCRYPTION_KEY_V2: second }));
  expect(both.currentPrefix).toBe('v2:');
  expect(both.open(one.seal('secret', context), context)).toBe('secret');
  expect(() => one.open(both.seal('secret', context), context)).toThrow('v2 is not in the ring');
});

test('a key that is none, or a version that is none, is refused by name and never shown', () => {
  const bad = 'not-a-key-but-secret';
  expect(() => configOf({ ENCRYPTION_KEY_V2: bad })).toThrow('ENCRYPTION_KEY_V2');
  expect(() => configOf({ ENCRYPTION_KEY_V1: 'a'.repeat(64) })).toThrow('ENCRYPTION_KEY_V1');
  expect(() => configOf({ ENCRYPTION_KEY_V1000: 'a'.repeat(64) })).toThrow('ENCRYPTION_KEY_V1000');
  try {
    configOf({ ENCRYPTION_KEY_V2: bad });
  } catch (error) {
    expect(String(error)).not.toContain(bad);
  }
});
