import { expect, test } from 'vitest';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi());
const owner = perFile(() => api.addOwner());

test('a workspace is changed by who has read it as it is', async () => {
  const url = `/api/v1/workspaces/${owner.workspaceId}`;
  const { etag } = (await owner.send('GET', url)).headers;
  const unchanged = await api.call(owner.token, { method: 'GET', url, headers: { 'if-none-match': etag } });
  expect(unchanged.statusCode).toBe(304);
  const rename = (name: string) =>
    api.call(owner.token, { method: 'PATCH', url, headers: { 'if-match': etag }, payload: { name } });
  const answers = await Promise.all(['One', 'Two'].map(rename));
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 412]);
  expect((await rename('Three')).json()).toMatchObject({ code: 'precondition_failed' });
  const { name } = await owner.get<{ name: string }>(url);
  expect(['One', 'Two']).toContain(name);
});
