import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { connectOwner } from '../../support/test-database.ts';
import { startTestApi, type TestUser } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { addTokenProject, newAddress, type ShownRequest, type TokenProject } from './token-project.ts';

const api = perFile(() => startTestApi());

const act = (who: TestUser, { url }: TokenProject, { id }: ShownRequest, verb: string, body?: object) =>
  who.ask('POST', `${url}/token-requests/${id}/${verb}`, body);
const refusal = ({ status, body }: { status: number; body: { code: string; reason?: string } }) => [
  status,
  body.reason ?? body.code,
];

test('a request goes from an editor over another owner to the ledger, and the journal says so', async () => {
  const project = await addTokenProject(api);
  const { url, owner, second, editor, viewer, treasury } = project;
  const asked = await project.request(editor, { type: 'mint', amount: '0500', to_address: treasury });
  expect(asked).toMatchObject({
    ...{ type: 'mint', amount: '500', from_address: null, to_address: treasury, status: 'pending', direct: false },
    ...{ requested_by: editor.id, decision: null, executed_by: null, ledger_seq: null, error: null, expires_at: null },
  });
  expect(refusal(await act(owner, project, asked, 'execute'))).toEqual([409, 'wrong_state']);
  expect((await act(second, project, asked, 'approve', { note: 'as planned' })).body).toMatchObject({
    ...{ status: 'approved', decision: { approved: true, note: 'as planned', decided_by: second.id } },
  });
  const done = await act(owner, project, asked, 'execute');
  expect(done).toMatchObject({ status: 200, body: { status: 'executed', ledger_seq: 1, executed_by: owner.id } });
  expect(refusal(await act(owner, project, asked, 'execute'))).toEqual([409, 'wrong_state']);
  expect(await project.balances()).toEqual({ [treasury]: '500' });
  const status = await viewer.get<{ last: { hash: string } }>(`${url}/token/status`);
  expect(status).toMatchObject({ symbol: 'UNIT', decimals: 18, total_supply: '500', max_supply: null, holders: 1 });
  expect(await viewer.get(`${url}/token/verify`)).toEqual({ ok: true, entries: 1, first_break: null, fault: null });
  expect(await viewer.get(`${url}/token/entries`)).toMatchObject({
    items: [{ seq: 1, from_address: null, to_address: treasury, request_id: asked.id, hash: status.last.hash }],
    next_seq: 1,
  });
  const { entries } = await owner.get<{ entries: { entry_type: string; payload: object }[] }>('/journal?limit=50');
  const told = entries.filter(({ entry_type: type }) => type.startsWith('token.')).toReversed();
  const base = { request_id: asked.id, operation: 'mint' };
  expect(told.map(({ entry_type, payload }) => ({ entry_type, payload }))).toEqual([
    { entry_type: 'token.requested', payload: base },
    { entry_type: 'token.approved', payload: { ...base, direct: false } },
    { entry_type: 'token.executed', payload: { ...base, seq: 1, hash: status.last.hash } },
  ]);
});

test('the role in the project decides, and a project that one may not see has no token', async () => {
  const project = await addTokenProject(api);
  const { url, owner, second, editor, viewer, treasury, admin } = project;
  const outsider = await api.addMember(admin.workspaceId, 'MANAGER');
  const wish = { type: 'mint', amount: '1', to_address: treasury, reason: 'r' };
  const asked = await project.request(editor, wish);
  const calls = [
    ['GET', '/status', undefined, [200, 200, 200]],
    ['GET', '/wallets', undefined, [200, 200, 200]],
    ['GET', '/token/status', undefined, [200, 200, 200]],
    ['GET', '/token/entries', undefined, [200, 200, 200]],
    ['GET', '/token-requests', undefined, [200, 200, 200]],
    ['POST', '/token-requests', wish, [403, 201, 201]],
    ['PUT', `/wallets/${newAddress()}`, {}, [403, 403, 201]],
    ['POST', `/token-requests/${asked.id}/approve`, {}, [403, 403, 200]],
    ['POST', `/token-requests/${asked.id}/execute`, undefined, [403, 403, 200]],
    ['POST', '/token/mint', { to_address: treasury, amount: '1', reason: 'r' }, [403, 403, 403]],
  ] as const;
  for (const [method, path, body, expected] of calls) {
    const statuses = [];
    for (const who of [viewer, editor, second]) statuses.push((await who.ask(method, url + path, body)).status);
    expect(statuses, path).toEqual(expected);
    expect((await outsider.ask(method, url + path, body)).status, path).toBe(404);
  }
  expect((await viewer.ask('POST', `${url}/token-requests/${asked.id}/reject`, { reason: 'no' })).status).toBe(403);
  expect((await owner.ask('POST', `${url}/token-requests/none/approve`)).status).toBe(404);
});

test('four eyes: not who asked approves, and no owner of the project takes that back alone', async () => {
  const project = await addTokenProject(api);
  const { owner, second, admin, treasury } = project;
  const mine = await project.request(owner, { type: 'mint', amount: '1', to_address: treasury });
  expect(refusal(await act(owner, project, mine, 'approve'))).toEqual([403, 'four_eyes']);
  const configure = (who: TestUser, tokenization: object) =>
    who.ask('PATCH', `/projects/${project.id}`, { tokenization });
  expect((await configure(owner, { four_eyes: false })).status).toBe(403);
  expect((await configure(owner, { allow_direct: true })).status).toBe(403);
  expect((await configure(project.editor, { paused: true })).status).toBe(403);
  expect((await configure(admin, { four_eyes: false })).status).toBe(200);
  // As it was when it was asked for.
  expect(refusal(await act(owner, project, mine, 'approve'))).toEqual([403, 'four_eyes']);
  const other = await project.request(owner, { type: 'mint', amount: '1', to_address: treasury });
  expect((await configure(owner, { four_eyes: true })).status).toBe(200);
  expect(refusal(await act(owner, project, other, 'approve'))).toEqual([403, 'four_eyes']);
  expect((await configure(admin, { four_eyes: false })).status).toBe(200);
  expect((await act(owner, project, other, 'approve')).status).toBe(200);
  expect((await act(second, project, mine, 'approve')).status).toBe(200);
});

test('of fifty who decide one request at once one does, and one execution follows', async () => {
  const project = await addTokenProject(api);
  const { owner, second, editor, treasury } = project;
  const asked = await project.request(editor, { type: 'mint', amount: '7', to_address: treasury });
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, turn) => {
      const who = turn % 2 === 0 ? owner : second;
      return turn % 5 === 4
        ? act(editor, project, asked, 'reject', { reason: 'withdrawn' })
        : act(who, project, asked, turn % 3 === 0 ? 'approve' : 'reject', turn % 3 === 0 ? {} : { reason: 'no' });
    }),
  );
  const [won] = answers.filter(({ status }) => status === 200);
  const lost = answers.filter(({ status }) => status !== 200);
  expect(lost).toHaveLength(49);
  for (const { status, body } of lost) {
    expect([status, body.current_status]).toEqual([409, won!.body.status]);
  }
  const sure = await project.request(editor, { type: 'mint', amount: '7', to_address: treasury });
  expect((await act(owner, project, sure, 'approve')).status).toBe(200);
  const executions = await Promise.all(Array.from({ length: 20 }, () => act(owner, project, sure, 'execute')));
  expect(executions.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 19 }, () => 409)]);
  expect(await project.balances()).toEqual({ [treasury]: '7' });
});

test('what the ledger refuses is told by its reason, fails the request where waiting heals nothing, and is approved anew', async () => {
  const project = await addTokenProject(api, { max_supply: '100' });
  const { url, owner, second, editor, treasury } = project;
  const other = await project.wallet({ label: 'Other' });
  const run = async (wish: object) => {
    const asked = await project.request(editor, wish);
    expect((await act(second, project, asked, 'approve')).status).toBe(200);
    return asked;
  };
  const first = await run({ type: 'mint', amount: '60', to_address: treasury });
  const late = await run({ type: 'mint', amount: '50', to_address: treasury });
  expect((await act(owner, project, first, 'execute')).status).toBe(200);
  expect(refusal(await act(owner, project, late, 'execute'))).toEqual([409, 'cap_exceeded']);
  const list = async (query: string) =>
    (await owner.get<{ items: ShownRequest[]; total: number }>(`${url}/token-requests?${query}`)).items;
  expect(await list('status=failed')).toMatchObject([{ id: late.id, error: 'cap_exceeded', ledger_seq: null }]);
  const moved = await run({ type: 'transfer', amount: '60', from_address: treasury, to_address: other });
  expect((await act(owner, project, moved, 'execute')).status).toBe(200);
  const refused = async (wish: object) =>
    refusal(await editor.ask('POST', `${url}/token-requests`, { reason: 'r', ...wish }));
  const burn = { type: 'burn', amount: '1', from_address: treasury };
  expect(await refused(burn)).toEqual([409, 'insufficient_balance']);
  expect(await refused({ type: 'mint', amount: '41', to_address: other })).toEqual([409, 'cap_exceeded']);
  await owner.put(`${url}/wallets/${other}`, { status: 'frozen' });
  expect(await refused({ ...burn, from_address: other })).toEqual([409, 'wallet_frozen']);
  await owner.patch(`/projects/${project.id}`, { tokenization: { paused: true } });
  expect(await refused({ type: 'mint', amount: '1', to_address: treasury })).toEqual([409, 'paused']);
  expect((await act(second, project, late, 'approve')).body).toMatchObject({ status: 'approved', error: null });
  expect(refusal(await act(owner, project, late, 'execute'))).toEqual([409, 'paused']);
  expect(await list('status=approved')).toMatchObject([{ id: late.id }]);
  await owner.patch(`/projects/${project.id}`, { tokenization: { paused: false, max_supply: null } });
  expect((await act(owner, project, late, 'execute')).status).toBe(200);
  expect(await project.balances()).toEqual({ [treasury]: '50', [other]: '60' });
  expect(await owner.get(`${url}/token/verify`)).toMatchObject({ ok: true, entries: 3 });
});

test('direct operations are requests that their caller approved, where an administrator lets them', async () => {
  const project = await addTokenProject(api);
  const { url, owner, admin, treasury } = project;
  const direct = (path: string, body: object) => owner.ask('POST', `${url}/token/${path}`, { reason: 'r', ...body });
  const mint = { amount: '10', to_address: treasury.toLowerCase() };
  expect(refusal(await direct('mint', mint))).toEqual([403, 'direct_disabled']);
  await admin.patch(`/projects/${project.id}`, { tokenization: { allow_direct: true } });
  const other = await project.wallet();
  expect(await direct('mint', mint)).toMatchObject({
    ...{ status: 201, body: { status: 'executed', direct: true, ledger_seq: 1, to_address: treasury } },
    body: { decision: { approved: true, decided_by: owner.id }, executed_by: owner.id },
  });
  expect((await direct('transfer', { amount: '4', from_address: treasury, to_address: other })).status).toBe(201);
  expect((await direct('burn', { amount: '1', from_address: other })).status).toBe(201);
  expect(refusal(await direct('burn', { amount: '4', from_address: other }))).toEqual([409, 'insufficient_balance']);
  expect(await project.balances()).toEqual({ [treasury]: '6', [other]: '3' });
  // A refused one leaves nothing behind.
  expect(await owner.get(`${url}/token-requests`)).toMatchObject({ total: 3 });
  for (const [path, body, field] of [
    ['mint', { ...mint, amount: '0' }, 'amount'],
    ['mint', { ...mint, amount: '9'.repeat(79) }, 'amount'],
    ['mint', { ...mint, to_address: newAddress() }, 'to_address'],
    ['transfer', { amount: '1', from_address: other, to_address: other }, 'to_address'],
  ] as const) {
    const refused = await direct(path, body);
    expect([refused.status, refused.body.errors[0].path], JSON.stringify(body)).toEqual([400, field]);
  }
  expect(refusal(await direct('mint', { ...mint, amount: '9'.repeat(78) }))).toEqual([409, 'cap_exceeded']);
});

test('wallets: checksums, one treasury, an owner of the workspace; what is left out stays', async () => {
  const project = await addTokenProject(api);
  const { url, owner, viewer, treasury } = project;
  const put = (address: string, body: object) => owner.ask('PUT', `${url}/wallets/${address}`, body);
  const slipped = treasury.replace(/[a-fA-F]/, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  for (const address of ['0x1', slipped, `0x${'0'.repeat(40)}`]) {
    expect((await put(address, {})).body.errors[0].path, address).toBe('walletAddress');
  }
  expect(refusal(await put(newAddress(), { treasury: true }))).toEqual([409, 'second_treasury']);
  const stranger = await api.addUser();
  for (const body of [{ owner_type: 'user' }, { owner_type: 'user', owner_id: stranger.id }, { owner_id: owner.id }]) {
    expect((await put(newAddress(), body)).body.errors[0].path, JSON.stringify(body)).toBe('owner_id');
  }
  expect((await put(newAddress(), { treasury: true, owner_type: 'external' })).body.errors[0].path).toBe('treasury');
  const address = await project.wallet({ label: 'Desk', owner_type: 'user', owner_id: owner.id });
  expect(await owner.put(`${url}/wallets/${address.toLowerCase()}`, { status: 'frozen' })).toEqual({
    ...{ address, label: 'Desk', owner_type: 'user', owner_id: owner.id, treasury: false },
    ...{ status: 'frozen', balance: '0' },
  });
  expect(await viewer.get(`${url}/wallets?status=frozen`)).toMatchObject({ total: 1, items: [{ address }] });
  await owner.put(`${url}/wallets/${treasury}`, { treasury: false });
  const mint = { type: 'mint', amount: '1', to_address: treasury, reason: 'r' };
  expect(refusal(await owner.ask('POST', `${url}/token-requests`, mint))).toEqual([409, 'not_ready']);
  expect(await viewer.get(`${url}/status`)).toMatchObject({
    ...{ ready: false, backend: 'ledger', token: { name: 'Unit', four_eyes: true } },
    checks: [{ ok: true }, { id: 'treasury_wallet', ok: false }, { ok: true }, { ok: true }, { ok: true }],
  });
});

test('a token is named, is in the project’s answer, and keeps its unit once there is an entry', async () => {
  const project = await addTokenProject(api, { max_supply: '10' });
  const { admin, owner, url, treasury } = project;
  const bare = (await owner.post<{ id: string }>('/projects', { name: 'Bare' })).id;
  const configure = (tokenization: object, id = project.id) => admin.ask('PATCH', `/projects/${id}`, { tokenization });
  expect((await configure({ name: 'Only' }, bare)).body.errors[0].path).toBe('tokenization.symbol');
  expect((await configure({ symbol: '1X' })).body.errors[0].path).toBe('tokenization.symbol');
  expect(await owner.get(`/projects/${bare}`)).toMatchObject({ tokenization: null });
  expect((await owner.ask('GET', `/projects/${bare}/tokenization/token/status`)).status).toBe(404);
  expect((await configure({ symbol: 'UNI', decimals: 2, allow_direct: true })).body).toMatchObject({
    ...{ version: 3, tokenization: { name: 'Unit', symbol: 'UNI', decimals: 2, max_supply: '10', four_eyes: true } },
  });
  await owner.post(`${url}/token/mint`, { to_address: treasury, amount: '10', reason: 'r' });
  for (const unit of [{ symbol: 'OTHER' }, { decimals: 3 }]) {
    expect(refusal(await configure(unit))).toEqual([409, 'token_in_use']);
  }
  expect(refusal(await configure({ max_supply: '9' }))).toEqual([409, 'cap_exceeded']);
  expect((await configure({ name: 'Other', symbol: 'UNI' })).status).toBe(200);
  expect(await owner.get(`${url}/status`)).toMatchObject({
    ready: false,
    checks: [{}, {}, {}, {}, { id: 'below_cap' }],
  });
  await owner.act(`/projects/${project.id}/archive`);
  const mint = { to_address: treasury, amount: '1', reason: 'r' };
  expect((await owner.ask('POST', `${url}/token/mint`, mint)).body).toMatchObject({ current_status: 'archived' });
});

test('a request that nobody decided in time has expired for everybody', async () => {
  const project = await addTokenProject(api);
  const { url, owner, editor, treasury, admin } = project;
  const wish = { type: 'mint', amount: '1', to_address: treasury };
  const soonOver = new Date(Date.now() + 60_000).toISOString();
  const asked = await project.request(editor, { ...wish, expires_at: soonOver });
  const past = { ...wish, reason: 'r', expires_at: '2020-01-01T00:00:00Z' };
  expect((await editor.ask('POST', `${url}/token-requests`, past)).body.errors[0].path).toBe('expires_at');
  await api.database.transaction({ workspaceIds: [admin.workspaceId] }, (tx) =>
    tx.execute(sql`UPDATE token_requests SET expires_at = now() WHERE id = ${asked.id}`),
  );
  for (const verb of ['approve', 'reject']) {
    expect((await act(owner, project, asked, verb, verb === 'reject' ? { reason: 'r' } : {})).body).toMatchObject({
      ...{ status: 409, current_status: 'expired' },
    });
  }
  expect(await owner.get(`${url}/token-requests?status=expired&type=mint`)).toMatchObject({ total: 1 });
  expect(await owner.get(`${url}/token-requests?status=pending`)).toMatchObject({ total: 0 });
});

test('a ledger that was changed past the product is found out, and the application cannot', async () => {
  const project = await addTokenProject(api);
  const { url, owner, admin, treasury } = project;
  await admin.patch(`/projects/${project.id}`, { tokenization: { allow_direct: true } });
  for (const amount of ['3', '4', '5']) {
    await owner.post(`${url}/token/mint`, { to_address: treasury, amount, reason: 'r' });
  }
  const verify = () => owner.get<object>(`${url}/token/verify`);
  for (const change of [sql`UPDATE token_entries SET amount = 9`, sql`DELETE FROM token_entries`]) {
    const scope = { workspaceIds: [admin.workspaceId] };
    await expect(api.database.transaction(scope, (tx) => tx.execute(change))).rejects.toThrow();
  }
  const login = await connectOwner(api.testDatabase);
  async function broken(change: string, undo: string): Promise<object> {
    await login.query(change);
    const found = await verify();
    await login.query(undo);
    expect(await verify()).toMatchObject({ ok: true });
    return found;
  }
  const at = `WHERE project_id = '${project.id}'`;
  const entry = `UPDATE token_entries SET amount = `;
  const balance = `UPDATE token_wallets SET balance = balance`;
  const supply = `UPDATE token_contracts SET total_supply = total_supply`;
  expect(await broken(`${entry} 9 ${at} AND seq = 2`, `${entry} 4 ${at} AND seq = 2`)).toEqual({
    ...{ ok: false, entries: 1, first_break: 2, fault: 'chain' },
  });
  expect(await broken(`${balance} + 1 ${at}`, `${balance} - 1 ${at}`)).toMatchObject({ fault: 'balances' });
  expect(await broken(`${supply} + 1 ${at}`, `${supply} - 1 ${at}`)).toMatchObject({ fault: 'supply' });
  await login.query(`DELETE FROM token_entries ${at} AND seq = 3`);
  expect(await verify()).toMatchObject({ ok: false, fault: 'balances' });
  await login.close();
});
