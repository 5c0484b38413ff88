import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { UNLIMITED } from '../../../domain/instance/license/license.ts';
import { LicenseError, readLicense } from '../../../platform/license/read-license.ts';
import { startTestApi } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';

const LIMITS = { max_crews: 2, max_agents_per_crew: 2, max_members: 6 };
const api = perFile(() => startTestApi({ license: LIMITS }));
const owner = perFile(() => api.addOwner());

const attempts = <Result>(count: number, attempt: (index: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, index) => attempt(index)));
const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status).toSorted();

test('of ten crews that are made at the same moment as many are made as there is room for', async () => {
  const answers = await attempts(10, (n) => owner.ask('POST', '/crews', { name: 'Crew', slug: `crew-${n}` }));
  expect(statuses(answers)).toEqual([201, 201, ...Array.from({ length: 8 }, () => 402)]);
  const refused = answers.find(({ status }) => status === 402)!;
  expect(refused.body).toMatchObject({ code: 'license_limit', limit: 'max_crews', allowed: 2 });
  const crews = await owner.get<{ id: string }[]>('/crews');
  expect(crews).toHaveLength(2);
  await owner.send('DELETE', `/crews/${crews[1]!.id}`);
  expect((await owner.ask('POST', '/crews', { name: 'Crew', slug: 'again' })).status).toBe(201);
});

test('agents are counted by crew, those that move in too', async () => {
  const [crew, other] = await owner.get<{ id: string }[]>('/crews');
  const agent = (slug: string, crewId: string | null) =>
    owner.ask<{ id: string }>('POST', '/agents', { name: 'Agent', slug, crew_id: crewId });
  const answers = await attempts(6, (n) => agent(`agent-${n}`, crew!.id));
  expect(statuses(answers)).toEqual([201, 201, 402, 402, 402, 402]);
  const elsewhere = await agent('elsewhere', other!.id);
  expect(elsewhere.status).toBe(201);
  const moved = await owner.ask('PATCH', `/agents/${elsewhere.body.id}`, { crew_id: crew!.id });
  expect(outcome(moved)).toEqual([402, 'license_limit']);
});

test('members are people of the instance: nobody is counted twice, and who comes too many stays out', async () => {
  const people = await attempts(8, () => api.addUser());
  const answers = await attempts(8, (n) =>
    owner.ask('POST', `/workspaces/${owner.workspaceId}/members`, { user_id: people[n]!.id }),
  );
  expect(statuses(answers)).toEqual([...Array.from({ length: 5 }, () => 201), ...Array.from({ length: 3 }, () => 402)]);
  const member = people[answers.findIndex(({ status }) => status === 201)]!;
  expect((await member.ask('POST', '/workspaces', { name: 'Second', slug: 'second' })).status).toBe(201);
  const outsider = people[answers.findIndex(({ status }) => status === 402)]!;
  expect((await outsider.ask('POST', '/workspaces', { name: 'Third', slug: 'third' })).status).toBe(402);
  expect(await owner.get('/system/license')).toMatchObject(LIMITS);
});

test('a license is taken only as its licensor signed it, and in time', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'crewship-license-'));
  const licensor = generateKeyPairSync('ed25519');
  const publicKey = licensor.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const file = path.join(folder, 'license.json');
  const write = (license: object, key: KeyObject = licensor.privateKey, payload?: string) => {
    const bytes = Buffer.from(JSON.stringify(license));
    const signature = sign(null, bytes, key).toString('base64');
    writeFileSync(file, JSON.stringify({ payload: payload ?? bytes.toString('base64'), signature }));
    return () => readLicense({ path: file, publicKey });
  };
  const license = { edition: 'community', license_id: 'l-1', licensee_org: 'Org', max_crews: 15 };
  try {
    expect(readLicense({})).toEqual(UNLIMITED);
    expect(write(license)()).toEqual({ ...UNLIMITED, ...license });
    const wider = Buffer.from(JSON.stringify({ ...license, max_crews: 99 })).toString('base64');
    expect(write(license, licensor.privateKey, wider)).toThrow(LicenseError);
    expect(write(license, generateKeyPairSync('ed25519').privateKey)).toThrow('not signed by its licensor');
    expect(write({ ...license, expires_at: '2020-01-01T00:00:00Z' })).toThrow('has expired');
    expect(write({ ...license, max_crews: 'many' })).toThrow('not understood');
    expect(() => readLicense({ path: file })).toThrow('CREWSHIP_LICENSE_PUBLIC_KEY');
    expect(() => readLicense({ path: path.join(folder, 'none'), publicKey })).toThrow('no readable license');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
