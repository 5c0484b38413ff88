import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../support/test-api.ts';
let api: TestApi;
beforeAll(async () => { api = await startTestApi(); });
afterAll(() => api.close());
test('smoke', async () => {
  const r = await api.call(null, { method: 'POST', url: '/api/v1/bootstrap', payload: { full_name: 'Ada Lovelace', email: 'Ada@example.com', password: 'correct horse' } });
  console.log(r.statusCode, r.body);
  const t = r.json().cli_token;
  for (const o of [
    { method: 'POST', url: '/api/v1/crews', payload: { name: 'Demo', slug: 'demo', allowed_domains: ['https://x.com:1'] } },
    { method: 'GET', url: '/api/v1/crews' }, { method: 'GET', url: '/api/v1/crews/DEMO' },
    { method: 'PATCH', url: '/api/v1/crews/demo', payload: { description: 'x', max_concurrent_runs: 3, network_mode: 'free' } },
    { method: 'PATCH', url: '/api/v1/crews/demo', payload: { descriptio: 'x', max_concurrent_runs: '3' } },
    { method: 'POST', url: '/api/v1/agents', payload: { name: 'Lead', slug: 'lead', agent_role: 'LEAD', cli_adapter: 'COMMAND', command: ['a', 'b'] } },
    { method: 'GET', url: '/api/v1/agents' }, { method: 'GET', url: '/api/v1/journal' }, { method: 'GET', url: '/api/v1/runs' }, { method: 'GET', url: '/api/v1/hosts' },
    { method: 'GET', url: '/api/v1/workspaces' }, { method: 'GET', url: '/health/ready' }, { method: 'GET', url: '/api/v1/auth/cli-tokens' },
    { method: 'POST', url: '/api/v1/auth/cli-token', payload: {} }, { method: 'GET', url: '/api/v1/journal/count' }, { method: 'GET', url: '/nope' }, { method: 'PUT', url: '/api/v1/agents' },
    { method: 'DELETE', url: '/api/v1/crews/demo' }, { method: 'GET', url: '/api/v1/workspaces/zzz/members' },
  ] as const) {
    const x = await api.call(t, o as never);
    console.log(o.method, o.url, x.statusCode, x.body.slice(0, 700), JSON.stringify(x.headers).slice(0, 300));
  }
  const d = await api.call(null, { method: 'GET', url: '/openapi.json' });
  console.log(d.statusCode, d.body.slice(0, 3000));
  expect(r.statusCode).toBe(201);
});
