import { expect, test } from 'vitest';
import type { Bearer } from './authenticator.ts';
import { resolveWorkspace } from './resolve-workspace.ts';

const w1 = { id: 'w-one', slug: 'one', role: 'OWNER' } as const;
const w2 = { id: 'w-two', slug: 'two', role: 'VIEWER' } as const;
const nothing = { path: null, query: null, header: null };

function bearer(part: Partial<Bearer>): Bearer {
  const made: Bearer = {
    userId: 'u1',
    email: 'a@example.com',
    method: 'cli_token',
    tokenId: 't1',
    sessionId: null,
    scopes: null,
    isInstanceOperator: false,
    boundWorkspaceId: null,
    homeWorkspaceId: null,
    memberships: [w1, w2],
    isCached: false,
    reload: async () => made,
    ...part,
  };
  return made;
}

test('path wins, and a query that disagrees is a 400', async () => {
  const found = await resolveWorkspace(bearer({}), { ...nothing, path: 'w-one', query: 'one' });
  expect(found.workspace).toEqual(w1);
  await expect(resolveWorkspace(bearer({}), { ...nothing, path: 'w-one', query: 'w-two' })).rejects.toMatchObject({
    code: 'invalid_request',
  });
});

test('query or header name it by id or slug', async () => {
  expect((await resolveWorkspace(bearer({}), { ...nothing, query: 'two' })).workspace).toEqual(w2);
  expect((await resolveWorkspace(bearer({}), { ...nothing, header: 'w-two' })).workspace).toEqual(w2);
});

test('without a name: the binding, the home, the only membership, or workspace_required', async () => {
  expect((await resolveWorkspace(bearer({ boundWorkspaceId: 'w-two' }), nothing)).workspace).toEqual(w2);
  expect((await resolveWorkspace(bearer({ homeWorkspaceId: 'w-two' }), nothing)).workspace).toEqual(w2);
  expect((await resolveWorkspace(bearer({ memberships: [w1] }), nothing)).workspace).toEqual(w1);
  await expect(resolveWorkspace(bearer({}), nothing)).rejects.toMatchObject({ code: 'workspace_required' });
});

test('a foreign workspace, and one that is not the binding, are not found', async () => {
  await expect(resolveWorkspace(bearer({}), { ...nothing, query: 'w-three' })).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(
    resolveWorkspace(bearer({ boundWorkspaceId: 'w-one' }), { ...nothing, query: 'w-two' }),
  ).rejects.toMatchObject({ code: 'not_found' });
});

test('a remembered credential is read again before a refusal', async () => {
  const stale = bearer({ memberships: [w1], isCached: true, reload: async () => bearer({}) });
  expect((await resolveWorkspace(stale, { ...nothing, query: 'w-two' })).workspace).toEqual(w2);
});
