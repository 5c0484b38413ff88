import { expect, test } from 'vitest';
import { startTestApi, type TestUser } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

const CONFIG = `{
  // As it was written, it is kept.
  "image": "debian:12",
  "features": { "ghcr.io/devcontainers/features/python:1": {} },
}`;
const PRIVILEGED = '{"image": "debian:12", "privileged": true}';

const api = perFile(() => startTestApi());
const owner = perFile(() => api.addOwner());

const operator = perFile(async () => {
  const user = await api.addUser({ operator: true });
  await api.joinWorkspace(owner.workspaceId, user.id, 'ADMIN');
  return user;
});

const make = (slug: string, fields: object) => owner.ask('POST', '/crews', { name: slug, slug, ...fields });
const allow = (allowed: boolean, user: TestUser = owner) =>
  user.ask('PATCH', `/workspaces/${owner.workspaceId}`, { allow_privileged_credentials: allowed });

test('a crew keeps its configuration as it was written, shows it, changes it and clears it', async () => {
  const made = await make('kept', { devcontainer_config: CONFIG, mise_config: '[tools]\nnode = "22"\n' });
  expect([made.status, made.body.devcontainer_config, made.body.mise_config]).toEqual([
    201,
    CONFIG,
    '[tools]\nnode = "22"\n',
  ]);
  expect((await owner.ask('GET', '/crews/kept')).body).toMatchObject({ devcontainer_config: CONFIG });
  expect((await owner.ask('GET', '/crews')).body[0]).toMatchObject({ devcontainer_config: CONFIG });
  const changed = await owner.ask('PATCH', '/crews/kept', { devcontainer_config: '{"image": "debian:13"}' });
  expect(changed.body).toMatchObject({
    devcontainer_config: '{"image": "debian:13"}',
    mise_config: '[tools]\nnode = "22"\n',
  });
  const cleared = await owner.ask('PATCH', '/crews/kept', { devcontainer_config: '', mise_config: null });
  expect(cleared.body).toMatchObject({ devcontainer_config: null, mise_config: null });
  expect((await make('bare', {})).body).toMatchObject({ devcontainer_config: null, mise_config: null });
});

test('what breaks a rule is a 400 that names field and rule, and changes nothing', async () => {
  await make('strict', { devcontainer_config: CONFIG });
  const refused: [object, string, string][] = [
    [{ devcontainer_config: '{' }, 'devcontainer_config', 'is not JSON'],
    [{ devcontainer_config: '{}' }, 'devcontainer_config.image', 'is required'],
    [
      { devcontainer_config: '{"image": "x", "features": {"ghcr.io/devcontainers/features-x/python:1": {}}}' },
      'devcontainer_config.features.ghcr.io/devcontainers/features-x/python:1',
      'must be of one of the publishers',
    ],
    [
      { devcontainer_config: '{"image": "x", "mounts": ["source=/,target=/h,type=bind"]}' },
      'devcontainer_config.mounts.0',
      'must be a named volume',
    ],
    [
      { devcontainer_config: '{"image": "x", "mise": {"tools": {"node": "$(id)"}}}' },
      'devcontainer_config.mise.tools.node',
      'must be a version',
    ],
    [
      { devcontainer_config: JSON.stringify({ image: 'x', y: 'é'.repeat(51_200) }) },
      'devcontainer_config',
      'at most 102400 bytes',
    ],
    [{ mise_config: '{"tools": {"npm:prettier": "3"}}' }, 'mise_config.tools.npm:prettier', 'must be named by'],
    [{ mise_config: `# ${'x'.repeat(10_239)}` }, 'mise_config', '10240'],
    [{ devcontainer_config: { image: 'x' } }, 'devcontainer_config', ''],
  ];
  for (const [patch, path, rule] of refused) {
    for (const { status, body } of [await owner.ask('PATCH', '/crews/strict', patch), await make('never', patch)]) {
      expect([status, body.code, body.errors?.[0]?.path]).toEqual([400, 'invalid_request', path]);
      expect(body.errors[0].message).toContain(rule);
    }
  }
  expect((await owner.ask('GET', '/crews/strict')).body.devcontainer_config).toBe(CONFIG);
  expect((await owner.ask('GET', '/crews/never')).status).toBe(404);
});

test('tools are pinned in one place, whichever was there first', async () => {
  const nested = '{"image": "x", "mise": {"tools": {"node": "22"}}}';
  const tools = '{"tools": {"node": "22"}}';
  expect((await make('both', { devcontainer_config: nested, mise_config: tools })).body).toMatchObject({
    status: 400,
    errors: [{ path: 'mise_config' }],
  });
  await make('nested', { devcontainer_config: nested });
  expect((await owner.ask('PATCH', '/crews/nested', { mise_config: tools })).body.errors[0].path).toBe('mise_config');
  await make('apart', { mise_config: tools });
  const refused = await owner.ask('PATCH', '/crews/apart', { devcontainer_config: nested });
  expect(refused.body.errors[0].path).toBe('devcontainer_config.mise');
  expect((await owner.ask('PATCH', '/crews/apart', { devcontainer_config: nested, mise_config: '' })).status).toBe(200);
});

test('a privileged crew takes the workspace’s leave, which the instance’s operator gives and its OWNER takes back', async () => {
  const refused = await make('root', { devcontainer_config: PRIVILEGED });
  expect(refused).toMatchObject({
    status: 403,
    body: { code: 'forbidden', errors: [{ path: 'devcontainer_config.privileged' }] },
  });
  await make('later', { devcontainer_config: CONFIG });
  expect((await owner.ask('PATCH', '/crews/later', { devcontainer_config: PRIVILEGED })).status).toBe(403);

  const manager = await api.addMember(owner.workspaceId, 'MANAGER');
  expect((await allow(true, manager)).status).toBe(403);
  // Of its OWNER too: it is the host that it opens.
  expect((await allow(true)).status).toBe(403);
  expect((await allow(true, operator)).body).toMatchObject({ allow_privileged_credentials: true });
  expect((await owner.ask('PATCH', '/crews/later', { devcontainer_config: PRIVILEGED })).status).toBe(200);
  expect((await allow(false)).body).toMatchObject({ allow_privileged_credentials: false });
  // What was allowed once can be cleared and renamed, not said again.
  expect((await owner.ask('PATCH', '/crews/later', { name: 'Renamed' })).status).toBe(200);
  expect((await owner.ask('PATCH', '/crews/later', { devcontainer_config: PRIVILEGED })).status).toBe(403);
  expect((await owner.ask('PATCH', '/crews/later', { devcontainer_config: null })).status).toBe(200);
});

test('the journal names the fields that changed, never their text', async () => {
  await make('told', {});
  await owner.ask('PATCH', '/crews/told', {
    devcontainer_config: '{"image": "debian:12", "containerEnv": {"A": "top-secret"}}',
  });
  const { body } = await owner.ask('GET', '/journal');
  expect(body.entries[0]).toMatchObject({
    entry_type: 'audit.entity_updated',
    payload: { changed_fields: ['devcontainer_config'] },
  });
  expect(JSON.stringify(body)).not.toContain('top-secret');
});
