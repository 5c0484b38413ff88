import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { GapFinding } from '../../../domain/evidence/gaps/gap.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { eventually } from '../../support/test-crew.ts';
import { perFile } from '../../support/world/per-file.ts';
import { createEvalWorld } from '../eval/eval-world.ts';

interface Report {
  readonly id: string;
  readonly status: string;
  readonly counts: object | null;
  readonly summary: string;
  readonly findings: readonly GapFinding[];
}

const world = perFile(() => createEvalWorld());

async function report(body: object = {}): Promise<Report> {
  const { report_id: id } = await world.owner.post<{ report_id: string }>('/capability-gaps/reports/run', body, 202);
  await world.nudge();
  return eventually(
    () => world.owner.get<Report>(`/capability-gaps/reports/${id}`),
    ({ status }) => ['completed', 'failed', 'cancelled'].includes(status),
  );
}

const move = (id: string, body: object) =>
  world.owner.ask<GapFinding & { current_status?: string }>('POST', `/capability-gaps/findings/${id}/status`, body);

test('a report finds what was seen often enough, once, and one that had ended is open when it is seen again', async () => {
  const { crew, owner } = world;
  const lead = crew.agents.lead!;
  const fail = (code: string, agentId = lead) =>
    crew.write(sql`
      INSERT INTO runs (id, workspace_id, agent_id, crew_id, trigger_type, status, error_code, finished_at)
      VALUES (${newId()}, ${crew.workspaceId}, ${agentId}, ${crew.crewId}, 'QUERY', 'FAILED', ${code}, now())`);
  for (let time = 0; time < 5; time += 1) await fail('lost');
  await fail('seldom');
  const log = (passed: boolean) =>
    crew.write(sql`
      INSERT INTO validation_logs (id, workspace_id, agent_id, content_sha256, passed, score, checks, config_version)
      VALUES (${newId()}, ${crew.workspaceId}, ${lead}, ${'0'.repeat(64)}, ${passed}, 0, '[]', 0)`);
  for (const passed of [false, false, true]) await log(passed);
  for (const [type, payload] of [
    ['exec.command', { tool: 'Bash', exit_code: 127 }],
    ['exec.command', { tool: 'Bash', exit_code: 127 }],
    ['exec.command', { tool: 'Bash', exit_code: 1 }],
    ['network.egress', { host: 'registry.example.com', decision: 'denied' }],
    ['network.egress', { host: 'registry.example.com', decision: 'denied' }],
    ['network.egress', { host: 'registry.example.com', decision: 'allowed' }],
  ] as const) {
    await crew.write(sql`
      INSERT INTO journal_entries (id, workspace_id, agent_id, entry_type, actor_type, summary, payload)
      VALUES (${newId()}, ${crew.workspaceId}, ${lead}, ${type}, 'agent', 's', ${sql.jsonb(payload)})`);
  }

  const first = await report();
  expect(first).toMatchObject({ status: 'completed', counts: { low: 3, medium: 1, high: 0, critical: 0 } });
  expect(first.findings.map(({ category, title, occurrences }) => [category, title, occurrences]).toSorted()).toEqual([
    ['low_quality', 'contents do not pass their validation', 2],
    ['missing_permission', 'registry.example.com is refused', 2],
    ['missing_tool', 'a command that Bash called is not there', 2],
    ['repeated_failure', 'runs fail again and again: lost', 5],
  ]);
  const failure = first.findings.find(({ category }) => category === 'repeated_failure')!;
  expect(failure).toMatchObject({ severity: 'medium', status: 'open', agent_id: lead });
  expect(failure.evidence).toHaveLength(5);

  expect((await move(failure.id, { status: 'in_progress' })).body).toMatchObject({ status: 'in_progress' });
  expect((await move(failure.id, { status: 'resolved', note: 'the host was repaired' })).status).toBe(200);
  expect((await move(failure.id, { status: 'acknowledged' })).body).toMatchObject({
    ...{ status: 409, current_status: 'resolved' },
  });
  const again = await report({ agent: lead, min_evidence: 5 });
  expect(again.findings).toMatchObject([{ id: failure.id, status: 'resolved', note: 'the host was repaired' }]);
  await fail('lost');
  expect((await report({ min_evidence: 3 })).findings).toMatchObject([
    { id: failure.id, status: 'open', occurrences: 6 },
  ]);
  const list = (query: string) => owner.get<{ total: number }>(`/capability-gaps/findings?${query}`);
  expect(await list('category=missing_tool,low_quality&status=open')).toMatchObject({ total: 2 });
  expect(await list('severity=medium&q=FAIL')).toMatchObject({ total: 1, items: [{ id: failure.id }] });
  expect(await owner.get('/capability-gaps/reports?status=completed')).toMatchObject({ total: 3 });
  const entries = await crew.rows<{ entry_type: string }>(sql`
    SELECT entry_type FROM journal_entries WHERE workspace_id = ${crew.workspaceId} AND entry_type LIKE 'gap.%'`);
  const told = entries.map(({ entry_type: type }) => type).toSorted();
  expect(told).toEqual([
    ...['gap.finding_status', 'gap.finding_status'],
    ...Array.from({ length: 3 }, () => 'gap.report_completed'),
    ...Array.from({ length: 3 }, () => 'gap.report_started'),
  ]);
});

test('a report is asked for as it may be, by who may, and one at a time', async () => {
  const { api, owner } = world;
  const [manager, member] = [
    await api.addMember(owner.workspaceId, 'MANAGER'),
    await api.addMember(owner.workspaceId, 'MEMBER'),
  ];
  const url = '/capability-gaps/reports/run';
  expect((await member.ask('POST', url, {})).status).toBe(403);
  expect((await manager.ask('POST', url, { agent: 'nobody' })).status).toBe(404);
  for (const body of [
    { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' },
    { from: '2026-01-01T00:00:00Z', to: '2026-06-01T00:00:00Z' },
  ]) {
    const refused = await manager.ask('POST', url, body);
    expect([refused.status, refused.body.errors[0].path]).toEqual([400, 'from']);
  }
  // Nobody works on it yet: it is not told.
  const answers = await Promise.all(Array.from({ length: 8 }, () => manager.ask('POST', url, {})));
  expect(answers.filter(({ status }) => status === 202).length).toBeGreaterThan(0);
  for (const { status, body } of answers.filter((answer) => answer.status !== 202)) {
    expect([status, body.reason]).toEqual([409, 'running']);
  }
  expect((await member.ask('GET', '/capability-gaps/reports')).status).toBe(200);
});

test('of fifty who make a task of a gap one does, in a project that it may be in', async () => {
  const { api, owner, crew } = world;
  const finding = async () => {
    const id = newId();
    await crew.write(sql`
      INSERT INTO gap_findings (id, workspace_id, fingerprint, category, severity, title, occurrences, evidence,
        first_seen_at, last_seen_at)
      VALUES (${id}, ${crew.workspaceId}, ${createHash('sha256').update(id).digest('hex')}, 'unanswered', 'low',
        'questions are not answered in time', 2, ${sql.jsonb([{ type: 'run', id: 'r1' }])}, now(), now())`);
    return id;
  };
  const manager = await api.addMember(owner.workspaceId, 'MANAGER');
  const make = (id: string, body: object, by: Pick<typeof owner, 'ask'> = owner) =>
    by.ask('POST', `/capability-gaps/findings/${id}/create-task`, body);
  const id = await finding();
  const answers = await Promise.all(Array.from({ length: 50 }, () => make(id, { priority: 'high' })));
  const [made, ...others] = answers.toSorted((a, b) => a.status - b.status);
  expect(made).toMatchObject({
    status: 201,
    body: {
      finding: { id, status: 'in_progress', task_id: expect.any(String) },
      task: { title: 'questions are not answered in time', priority: 'high', labels: ['capability-gap'] },
    },
  });
  for (const { status, body } of others) expect([status, body.reason]).toEqual([409, 'task_exists']);
  const tasks = await crew.rows(sql`SELECT id FROM tasks WHERE labels = ARRAY['capability-gap']`);
  expect(tasks).toEqual([{ id: made!.body.task.id }]);

  const hidden = await owner.post<{ id: string }>('/projects', { name: 'Hidden', visibility: 'private' });
  const next = await finding();
  expect((await make(next, { project_id: hidden.id }, manager)).status).toBe(404);
  const list = () => manager.get<{ items: GapFinding[] }>('/capability-gaps/findings');
  expect((await list()).items.find((one) => one.id === next)).toMatchObject({ status: 'open', task_id: null });
  expect((await make(next, { project_id: hidden.id })).status).toBe(201);
  expect((await list()).items.find((one) => one.id === next)).toMatchObject({ status: 'in_progress', task_id: null });
  const member = await api.addMember(owner.workspaceId, 'MEMBER');
  expect((await make(next, {}, member)).status).toBe(403);
});
