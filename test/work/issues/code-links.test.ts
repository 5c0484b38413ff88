import type { IncomingMessage, ServerResponse } from 'node:http';
import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { CodeLink } from '../../../domain/work/issues/code-link.ts';
import type { PublicIssue } from '../../../domain/work/issues/issue.ts';
import { createCodeHosts } from '../../../platform/code-hosts/code-hosts.ts';
import { addCrew, beatHost } from '../../support/mission-crew.ts';
import { startTestApi, type TestUser } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { serve } from '../../support/world/serve.ts';

/** How a host answers a path, once its own rules are kept: a token that it knows, the headers that it asks for. */
type Answer = (response: ServerResponse) => void;
const json =
  (body: object, status = 200, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

const GITHUB_TOKEN = 'ghp_the-token-of-the-workspace';
const GITLAB_TOKEN = 'glpat-the-token-of-the-workspace';
let answers: Record<string, Answer> = {};
let asked: string[] = [];

const host = (isKnown: (request: IncomingMessage) => boolean) =>
  perFile(() =>
    serve((request, response) => {
      asked.push(request.url!);
      if (!isKnown(request)) return json({ message: 'Bad credentials' }, 401)(response);
      (answers[request.url!] ?? json({ message: 'Not Found' }, 404))(response);
    }),
  );
const github = host(
  ({ headers }) =>
    headers.authorization === `Bearer ${GITHUB_TOKEN}` &&
    headers.accept === 'application/vnd.github+json' &&
    headers['user-agent'] !== undefined,
);
const gitlab = host(({ headers }) => headers['private-token'] === GITLAB_TOKEN);
const stranger = host(() => true);
const codeHosts = perFile(() => createCodeHosts({ github: `${github.url}/api/v3`, gitlab: `${gitlab.url}/api/v4` }));
const api = perFile(() => startTestApi({ codeHosts }));
beforeEach(() => beatHost(api));
const crew = perTest(() => addCrew(api));
let url: string;
beforeEach(async () => {
  answers = { [PULL_PATH]: json(pull()), [MERGE_PATH]: json(merge()) };
  asked = [];
  url = await issueIn({});
});

async function issueIn(fields: object): Promise<string> {
  const base = `/crews/${crew.crewId}/issues`;
  const { id } = await crew.owner.post<PublicIssue>(base, { title: 'An issue', ...fields });
  return `${base}/${id}`;
}

const PULL_PATH = '/api/v3/repos/acme/shop/pulls/12';
const MERGE_PATH = '/api/v4/projects/acme%2Fweb%2Fshop/merge_requests/7';
const pullUrl = (number = 12) => `${github.url}/acme/shop/pull/${number}`;
const mergeUrl = () => `${gitlab.url}/acme/web/shop/-/merge_requests/7`;
const pull = (more: object = {}) => ({
  ...{ number: 12, title: 'Count stock', state: 'open', draft: false, merged: false, merged_at: null },
  ...{ user: { login: 'ada' }, head: { ref: 'stock', sha: 'a' }, base: { ref: 'main', sha: 'b' } },
  ...more,
});
const merge = (more: object = {}) => ({
  ...{ iid: 7, title: 'Show stock', state: 'opened', draft: true, merged_at: null, author: { username: 'grace' } },
  ...{ source_branch: 'show', target_branch: 'main' },
  ...more,
});

const credential = (provider: string, value: string, more: object = {}) =>
  crew.owner.post<{ id: string }>('/credentials', { name: provider, type: 'API_KEY', provider, value, ...more });
const link = (to: string, who: TestUser = crew.owner) =>
  who.ask<CodeLink & Record<string, unknown>>('POST', `${url}/code-links`, { url: to });
const refresh = (id: string) =>
  crew.owner.ask<CodeLink & Record<string, unknown>>('POST', `${url}/code-links/${id}/refresh`);
const list = () => crew.owner.get<CodeLink[]>(`${url}/code-links`);

test('requests of GitHub and GitLab are linked as their hosts say they stand, and follow them', async () => {
  const [ofGitHub, ofGitLab] = [await credential('GITHUB', GITHUB_TOKEN), await credential('GitLab', GITLAB_TOKEN)];
  const linked = await link(`${pullUrl()}/files?w=1#diff`);
  expect([linked.status, linked.body]).toEqual([201, linked.body]);
  expect(linked.body).toMatchObject({
    ...{ provider: 'github', host: `127.0.0.1:${github.port}`, owner: 'acme', repo: 'shop', number: 12 },
    ...{ kind: 'pull_request', url: pullUrl(), title: 'Count stock', state: 'OPEN', author: 'ada' },
    ...{ source_branch: 'stock', target_branch: 'main', remote_merged_at: null, credential_id: ofGitHub.id },
    last_sync_error: null,
  });
  const other = (await link(mergeUrl())).body;
  expect(other).toMatchObject({
    ...{ provider: 'gitlab', owner: 'acme/web', repo: 'shop', kind: 'merge_request', state: 'DRAFT', author: 'grace' },
    ...{ credential_id: ofGitLab.id, source_branch: 'show' },
  });
  expect((await list()).map(({ id }) => id)).toEqual([linked.body.id, other.id]);
  const states: [Answer, string][] = [
    [json(pull({ draft: true })), 'DRAFT'],
    [json(pull({ state: 'closed' })), 'CLOSED'],
    [json(pull({ state: 'closed', merged_at: '2026-03-01T10:00:00Z' })), 'MERGED'],
  ];
  for (const [answer, state] of states) {
    answers[PULL_PATH] = answer;
    expect((await refresh(linked.body.id)).body.state).toBe(state);
  }
  answers[MERGE_PATH] = json(merge({ state: 'merged', draft: false, merged_at: '2026-03-01T10:00:00.000Z' }));
  expect((await refresh(other.id)).body).toMatchObject({
    ...{ state: 'MERGED', remote_merged_at: '2026-03-01T10:00:00.000Z' },
  });
  await crew.owner.delete(`${url}/code-links/${other.id}`);
  expect((await list()).length).toBe(1);
  const activity = await crew.owner.get<{ action: string }[]>(`${url}/activity`);
  expect(activity.map(({ action }) => action).filter((action) => action.startsWith('code_link'))).toEqual([
    ...['code_link_removed', 'code_link_added', 'code_link_added'],
  ]);
  const { entries } = await crew.owner.get<{ entries: object[] }>('/journal?limit=100');
  const journal = JSON.stringify(entries);
  expect(journal).toContain('issue.code_linked');
  for (const secret of [GITHUB_TOKEN, GITLAB_TOKEN, 'Count stock']) expect(journal).not.toContain(secret);
});

test('what a host refuses is told apart, kept with the link, and leaves what it said before', async () => {
  await credential('GITHUB', GITHUB_TOKEN);
  const { id } = (await link(pullUrl())).body;
  const refusals: [Answer, number, string, string][] = [
    [json({}, 401), 502, 'egress_failed', 'credential_rejected'],
    [json({}, 403), 502, 'egress_failed', 'credential_forbidden'],
    [json({}, 403, { 'x-ratelimit-remaining': '0', 'retry-after': '30' }), 429, 'rate_limited', 'rate_limited'],
    [json({}, 429), 429, 'rate_limited', 'rate_limited'],
    [json({}, 404), 400, 'invalid_request', 'not_found'],
    [json({}, 503), 502, 'egress_failed', 'provider_unavailable'],
    [json({ title: 1 }), 502, 'egress_failed', 'provider_unavailable'],
    [(response) => response.end('<html>'), 502, 'egress_failed', 'provider_unavailable'],
    [(response) => response.destroy(), 502, 'egress_failed', 'provider_unavailable'],
    [json({}, 301, { location: `${stranger.url}/elsewhere` }), 502, 'egress_failed', 'cross_host_redirect'],
    [json({}, 301, { location: PULL_PATH }), 502, 'egress_failed', 'provider_unavailable'],
  ];
  for (const [answer, status, code, reason] of refusals) {
    answers[PULL_PATH] = answer;
    answers[PULL_PATH.replace('/12', '/13')] = answer;
    const refused = await refresh(id);
    expect([...outcome(refused), (await list())[0]!.last_sync_error], reason).toEqual([status, code, reason]);
    if (status === 429) expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(outcome(await link(pullUrl(13))), reason).toEqual([status, code]);
  }
  expect(asked).not.toContain('/elsewhere');
  answers['/api/v3/repositories/1/pulls/12'] = json(pull({ title: 'Moved' }));
  answers[PULL_PATH] = json({}, 301, { location: `${github.url}/api/v3/repositories/1/pulls/12` });
  expect((await refresh(id)).body).toMatchObject({ title: 'Moved', last_sync_error: null });
});

test('no token goes where the operator named no host, and none is used that is not the crew’s or the workspace’s', async () => {
  expect(await link(pullUrl())).toMatchObject({ status: 412, body: { reason: 'no_credential' } });
  const sibling = await addCrew(api, crew);
  await credential('GITHUB', GITHUB_TOKEN, { scope: 'CREW', crew_ids: [sibling.crewId] });
  expect((await link(pullUrl())).status).toBe(412);
  const own = await credential('GITHUB', GITHUB_TOKEN, { name: 'Own', scope: 'CREW', crew_ids: [crew.crewId] });
  expect((await link(pullUrl())).body.credential_id).toBe(own.id);
  asked = [];
  for (const foreign of [
    `${stranger.url}/acme/shop/pull/1`,
    'https://github.com/acme/shop/pull/1',
    `${gitlab.url}/acme/shop/pull/1`,
    `${github.url}/acme/shop/issues/1`,
    'nonsense',
  ]) {
    expect(outcome(await link(foreign)), foreign).toEqual([400, 'invalid_request']);
  }
  await crew.write(sql`
    INSERT INTO issue_code_links (id, workspace_id, issue_id, provider, host, owner, repo, number, kind, url, title,
      state)
    SELECT 'left-' || id, workspace_id, issue_id, provider, 'left.example.com', owner, repo, number, kind, url, title,
      state FROM issue_code_links`);
  const left = (await list()).find(({ host: at }) => at === 'left.example.com')!;
  expect(outcome(await refresh(left.id))).toEqual([400, 'invalid_request']);
  await crew.write(sql`UPDATE credentials SET security_level = 3 WHERE id = ${own.id}`);
  expect((await link(pullUrl(13))).status).toBe(412);
  expect(asked).toEqual([]);
});

test('a request is linked once, also by ten at once, and by who may change the issue', async () => {
  await credential('GITHUB', GITHUB_TOKEN);
  const answered = await Promise.all(Array.from({ length: 10 }, () => link(pullUrl())));
  expect(answered.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, ...Array(9).fill(409)]);
  expect(answered.find(({ status }) => status === 409)!.body.reason).toBe('already_linked');
  expect(await link(pullUrl().replace('acme/shop', 'Acme/Shop'))).toMatchObject({ status: 409 });
  const project = await crew.owner.post<{ id: string }>('/projects', { name: 'Plan', visibility: 'private' });
  url = await issueIn({ project_id: project.id });
  const { id } = (await link(pullUrl())).body;
  const [viewer, outsider] = [
    await api.addMember(crew.workspaceId, 'MANAGER'),
    await api.addMember(crew.workspaceId, 'MANAGER'),
  ];
  await crew.owner.patch(`/projects/${project.id}/members/${viewer.id}`, { role: 'viewer' }, 201);
  asked = [];
  expect((await link(pullUrl(13), viewer)).status).toBe(403);
  expect((await viewer.ask('POST', `${url}/code-links/${id}/refresh`)).status).toBe(403);
  expect((await viewer.ask('DELETE', `${url}/code-links/${id}`)).status).toBe(403);
  expect((await link(pullUrl(), outsider)).status).toBe(404);
  expect((await outsider.ask('GET', `${url}/code-links`)).status).toBe(404);
  expect(asked).toEqual([]);
});
