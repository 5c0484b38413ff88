import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { startTestApi, type TestOwner, type TestUser } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi());
let owner: TestOwner;
let person: TestUser;
beforeEach(async () => {
  owner = await api.addOwner();
  person = await api.addMember(owner.workspaceId, 'MEMBER');
});

/** The header of a PNG of this size, and `extra` bytes after it. */
function png({ width = 64, height = 64, extra = 500 } = {}): Buffer {
  const header = Buffer.from('89504e470d0a1a0a0000000d4948445200000000000000000806000000', 'hex');
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return Buffer.concat([header, Buffer.alloc(extra, 7)]);
}

interface Part {
  readonly name?: string;
  readonly filename?: string;
  readonly type?: string;
  readonly content: Buffer;
}

function form(parts: readonly Part[]): { headers: Record<string, string>; payload: Buffer } {
  const pieces = parts.flatMap(({ name = 'file', filename = 'me.png', type = 'image/png', content }) => [
    `--edge\r\ncontent-disposition: form-data; name="${name}"; filename="${filename}"\r\ncontent-type: ${type}\r\n\r\n`,
    content,
    '\r\n',
  ]);
  const payload = Buffer.concat([...pieces, '--edge--\r\n'].map((piece) => Buffer.from(piece)));
  return { headers: { 'content-type': 'multipart/form-data; boundary=edge' }, payload };
}

async function show(who: TestUser, part: Part, headers: Record<string, string> = {}) {
  const sent = form([part]);
  const answer = await api.call(who.token, {
    ...{ method: 'POST', url: '/api/v1/users/me/avatar', payload: sent.payload },
    headers: { ...sent.headers, ...headers },
  });
  return { status: answer.statusCode, body: answer.json<{ avatar_url: string; fields: { path: string }[] }>() };
}

const see = (who: TestUser, url: string, headers: Record<string, string> = {}) =>
  api.call(who.token, { method: 'GET', url, headers });
const blobs = () => api.database.systemReads.any<{ id: string }>([], sql`SELECT id FROM blobs WHERE state = 'stored'`);

test('a picture is shown to those who share a workspace, as what it is, until another takes its place', async () => {
  const picture = png({ extra: 700_000 });
  const { status, body } = await show(person, { content: picture, filename: '../../x.svg', type: 'image/svg+xml' });
  expect(status).toBe(200);
  const shown = await see(owner, body.avatar_url);
  expect(shown.statusCode).toBe(200);
  expect(shown.rawPayload.equals(picture)).toBe(true);
  expect(shown.headers).toMatchObject({
    ...{ 'content-type': 'image/png', 'x-content-type-options': 'nosniff', 'content-length': String(picture.length) },
    ...{
      'cache-control': 'private, no-cache',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    },
  });
  const { etag } = shown.headers;
  const again = await see(owner, body.avatar_url, { 'if-none-match': String(etag) });
  expect([again.statusCode, again.payload, again.headers.etag]).toEqual([304, '', etag]);
  const stranger = (await api.addOwner()) as TestUser;
  expect((await see(stranger, body.avatar_url)).statusCode).toBe(404);
  expect((await see(person, `/api/v1/users/${owner.id}/avatar`)).statusCode).toBe(404);
  const members = await owner.get<{ user_id: string; user: { avatar_url: string | null } }[]>(
    `/workspaces/${owner.workspaceId}/members`,
  );
  expect(members.map(({ user_id: id, user }) => [id, user.avatar_url])).toEqual([
    [owner.id, null],
    [person.id, body.avatar_url],
  ]);
  const before = (await blobs()).length;
  const next = await show(person, { content: png({ width: 65 }) });
  expect(next.body.avatar_url).not.toBe(body.avatar_url);
  expect((await see(owner, next.body.avatar_url)).headers.etag).not.toBe(etag);
  expect(await blobs()).toHaveLength(before + 1);
  const needed = await api.database.systemReads.any(
    [],
    sql`SELECT 1 FROM blob_references WHERE owner_kind = 'avatar' AND owner_id = ${person.id}`,
  );
  expect(needed).toHaveLength(1);
  expect(await person.ask('DELETE', '/users/me/avatar')).toMatchObject({ status: 200, body: { avatar_url: null } });
  expect((await see(owner, next.body.avatar_url)).statusCode).toBe(404);
});

test('what is no picture, or too large a one, is refused and kept by nothing', async () => {
  const before = await blobs();
  const tooLarge = png({ extra: 2_097_152 });
  const cases: [number, Part][] = [
    [400, { content: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>') }],
    [400, { content: Buffer.from('<html><script>alert(1)</script>') }],
    [400, { content: Buffer.alloc(0) }],
    [400, { content: png().subarray(0, 20) }],
    [400, { content: png({ width: 4_097 }) }],
    [400, { content: png({ height: 0 }) }],
    [400, { name: 'picture', content: png() }],
    [413, { content: tooLarge }],
  ];
  for (const [status, part] of cases) expect((await show(person, part)).status, String(part.content)).toBe(status);
  const json = await person.ask('POST', '/users/me/avatar', { file: 'x' });
  expect(json.status).toBe(415);
  const two = form([{ content: png() }, { content: png() }]);
  const twice = await api.call(person.token, { method: 'POST', url: '/api/v1/users/me/avatar', ...two });
  expect(twice.statusCode).toBeGreaterThanOrEqual(400);
  expect(twice.statusCode).toBeLessThan(500);
  expect(await blobs()).toEqual(before);
  expect((await see(person, `/api/v1/users/${person.id}/avatar`)).statusCode).toBe(404);
});

test('a repeated request of one key is the same only with the same picture', async () => {
  const key = { 'idempotency-key': `avatar-${person.id}` };
  const first = await show(person, { content: png() }, key);
  expect(await show(person, { content: png() }, key)).toEqual(first);
  expect((await show(person, { content: png({ width: 70 }) }, key)).status).toBe(422);
});
