import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JournalEntry } from '../domain/kernel/journal/journal-entry.ts';
import { AUDIT_TARGETS, ENTRY_TYPES } from '../domain/evidence/journal/journal-entries.ts';
import { eventsOfEntry, joinEvents } from '../domain/kernel/realtime/events-of-entry.ts';
import { journalEvents } from './journal-events.ts';

function entry(part: Partial<JournalEntry>): JournalEntry {
  return {
    id: 'j_1',
    workspace_id: 'w1',
    crew_id: null,
    agent_id: null,
    mission_id: null,
    task_id: null,
    ts: '2026-01-01T00:00:00.000Z',
    entry_type: 'crew.action',
    severity: 'info',
    priority: 'normal',
    actor_type: 'user',
    actor_id: null,
    target_type: null,
    target_id: null,
    request_id: null,
    summary: '',
    payload: {},
    refs: {},
    trace_id: null,
    span_id: null,
    expires_at: null,
    position: 7,
    ...part,
  };
}

/** Events but the journal's own, as `channel type payload`. */
function told(part: Partial<JournalEntry>): (readonly [string, string, object])[] {
  return eventsOfEntry(entry(part), journalEvents)
    .filter(({ type }) => type !== 'journal.entry')
    .map(({ channel, type, payload }) => [channel, type, payload] as const);
}

test('every rule is of a type that somebody writes, and each type has one', () => {
  expect(ENTRY_TYPES).toEqual(expect.arrayContaining([...journalEvents.entries.keys()]));
  expect(AUDIT_TARGETS).toEqual(expect.arrayContaining([...journalEvents.audits.keys()]));
  const rules = { entries: { 'run.started': () => [] } };
  expect(() => joinEvents(rules, { audits: {} }, rules)).toThrow('run.started is declared twice');
});

test('a mission is heard of in its workspace, its crew and on its own channel', () => {
  const mission = { target_type: 'mission', target_id: 'm1', mission_id: 'm1', crew_id: 'c1' };
  expect(told({ ...mission, entry_type: 'mission.created', payload: { status: 'PLANNING' } })).toEqual([
    ['workspace:w1', 'mission.created', { id: 'm1', crew_id: 'c1', status: 'PLANNING' }],
    ['crew:c1', 'mission.created', { id: 'm1' }],
  ]);
  const change = { from: 'PLANNING', to: 'IN_PROGRESS' };
  expect(told({ ...mission, entry_type: 'mission.status_change', payload: change })).toEqual([
    ['workspace:w1', 'mission.updated', { id: 'm1', crew_id: 'c1', status: 'IN_PROGRESS' }],
    ['mission:m1', 'mission.status', { id: 'm1', status: 'IN_PROGRESS' }],
  ]);
  expect(told({ ...mission, entry_type: 'audit.entity_updated', payload: { fields: ['title'] } })).toEqual([
    ['workspace:w1', 'mission.updated', { id: 'm1', crew_id: 'c1' }],
    ['mission:m1', 'mission.updated', { id: 'm1' }],
  ]);
});

test('a crew’s provisioning is heard of in its workspace, without what others wrote', () => {
  const crew = { target_type: 'crew', target_id: 'c1', crew_id: 'c1' };
  const hash = 'a'.repeat(64);
  const job_id = 'job1';
  /** The same as a job of its own. */
  const job = (type: string, status: string, more: object = {}) => [
    'workspace:w1',
    `job.${type}`,
    { id: job_id, kind: 'provision', status, ...more },
  ];
  expect(told({ ...crew, entry_type: 'provisioning.queued', payload: { config_hash: hash, job_id } })).toEqual([
    [
      'workspace:w1',
      'provision.started',
      { crew_id: 'c1', steps: ['validate', 'pull-base', 'install-features', 'install-mise', 'snapshot', 'tag'] },
    ],
    job('queued', 'queued'),
  ]);
  const step = { step: 3, total: 6, name: 'install-features' };
  expect(told({ ...crew, entry_type: 'provisioning.step', payload: { ...step, job_id } })).toEqual([
    ['workspace:w1', 'provision.progress', { crew_id: 'c1', step: 3, total: 6, message: 'install-features' }],
    job('progress', 'running', { done: 2, total: 6 }),
  ]);
  const image = { cached_image: 'crewship-cache:aaaaaaaaaaaa', config_hash: hash };
  expect(told({ ...crew, entry_type: 'provisioning.complete', payload: { ...image, job_id } })).toEqual([
    ['workspace:w1', 'provision.completed', { crew_id: 'c1', ...image }],
    job('completed', 'completed'),
  ]);
  const failure = { error_code: 'feature_failed', error: 'any text' };
  expect(told({ ...crew, entry_type: 'provisioning.failed', payload: { ...failure, job_id } })).toEqual([
    ['workspace:w1', 'provision.failed', { crew_id: 'c1', error: 'feature_failed' }],
    job('failed', 'failed'),
  ]);
  expect(told({ ...crew, entry_type: 'provisioning.cancelled', payload: { reason: 'cancelled', job_id } })).toEqual([
    ['workspace:w1', 'provision.event', { crew_id: 'c1', event: 'cancelled' }],
    job('cancelled', 'cancelled'),
  ]);
});

test('a task is heard of in its workspace and on its mission’s channel', () => {
  const task = { target_type: 'task', target_id: 't1', mission_id: 'm1', task_id: 't1' };
  const created = { id: 't1', mission_id: 'm1', status: 'PENDING' };
  expect(told({ ...task, entry_type: 'audit.entity_created', payload: { status: 'PENDING' } })).toEqual([
    ['workspace:w1', 'task.created', created],
    ['mission:m1', 'task.created', created],
  ]);
  expect(told({ ...task, entry_type: 'task.status_change', payload: { from: 'PENDING', to: 'IN_PROGRESS' } })).toEqual([
    ['workspace:w1', 'task.updated', { id: 't1', mission_id: 'm1', status: 'IN_PROGRESS' }],
    ['mission:m1', 'task.status', { id: 't1', status: 'IN_PROGRESS' }],
  ]);
});

test('runs, agents, crews and escalations are heard of in their workspace', () => {
  const run = { agent_id: 'a1', crew_id: 'c1', trace_id: 'r1', target_type: 'run', target_id: 'r1' };
  const failed = { id: 'r1', agent_id: 'a1', crew_id: 'c1', status: 'FAILED', error_code: 'lost' };
  expect(told({ ...run, entry_type: 'run.failed', payload: { error_code: 'lost', exit_code: 1 } })).toEqual([
    ['workspace:w1', 'run.failed', failed],
    ['agent:a1', 'run.failed', failed],
  ]);
  // A turn's run is its chat's to tell of.
  expect(told({ ...run, target_type: 'chat', entry_type: 'run.failed' })).toEqual([]);
  const agent = { entry_type: 'agent.status_change', agent_id: 'a1', payload: { from: 'IDLE', to: 'RUNNING' } };
  expect(told(agent)).toEqual([
    ['workspace:w1', 'agent.status', { agent_id: 'a1', status: 'RUNNING' }],
    ['agent:a1', 'agent.status', { agent_id: 'a1', status: 'RUNNING' }],
  ]);
  expect(told({ entry_type: 'audit.entity_deleted', target_type: 'crew', target_id: 'c1', crew_id: 'c1' })).toEqual([
    ['workspace:w1', 'crew.deleted', { id: 'c1' }],
  ]);
  const escalation = { target_type: 'escalation', target_id: 'e1', crew_id: 'c1', entry_type: 'peer.escalation' };
  expect(told({ ...escalation, payload: { state: 'resolved', action: 'approve' } })).toEqual([
    ['workspace:w1', 'escalation.resolved', { id: 'e1', crew_id: 'c1', action: 'approve' }],
    ['workspace:w1', 'inbox.updated', { source: 'escalation' }],
  ]);
  expect(told({ ...escalation, payload: { state: 'something new' } })).toEqual([]);
});

test('decisions that are asked for and made, and doubtful results, are heard of', () => {
  const approval = { target_type: 'approval', target_id: 'p1', mission_id: 'm1', task_id: 't1', crew_id: 'c1' };
  const told1 = { id: 'p1', crew_id: 'c1', mission_id: 'm1', task_id: 't1', kind: 'task_completion' };
  const payload = { kind: 'task_completion', confidence: 0.2 };
  expect(told({ ...approval, entry_type: 'approval.requested', payload })).toEqual([
    ['workspace:w1', 'approval.required', told1],
    ['mission:m1', 'approval.required', told1],
    ['workspace:w1', 'inbox.updated', { source: 'approval' }],
  ]);
  for (const [verb, status] of [
    ['granted', 'approved'],
    ['denied', 'denied'],
    ['cancelled', 'cancelled'],
    ['timeout', 'timeout'],
  ]) {
    expect(told({ ...approval, entry_type: `approval.${verb}`, payload })).toEqual([
      ['workspace:w1', 'approval.resolved', { ...told1, status }],
      ['mission:m1', 'approval.resolved', { ...told1, status }],
      ['workspace:w1', 'inbox.updated', { source: 'approval' }],
    ]);
  }
  const task = {
    target_type: 'task',
    target_id: 't1',
    mission_id: 'm1',
    task_id: 't1',
    entry_type: 'task.status_change',
  };
  const completed = (confidence: number) => told({ ...task, payload: { to: 'COMPLETED', confidence } })[0];
  expect(completed(0.45)).toEqual([
    'workspace:w1',
    'confidence.low',
    { task_id: 't1', mission_id: 'm1', level: 'low' },
  ]);
  expect(completed(0.75)).toEqual([
    'workspace:w1',
    'confidence.low',
    { task_id: 't1', mission_id: 'm1', level: 'medium' },
  ]);
});

test('files between crews, exposed ports and what waits in the inbox are heard of', () => {
  const file = { entry_type: 'file.written', crew_id: 'c1', agent_id: 'a1' };
  const written = expect.objectContaining({ event: 'written', path: 'incoming/c2/a b.txt', agent: 'a1', size: 5 });
  expect(told({ ...file, payload: { path: 'incoming/c2/a b.txt', size: 5, sha256: 'x' } })).toEqual([
    ['crew:c1', 'file.event', written],
    ['files:c1', 'file.event', written],
  ]);
  expect(told({ ...file, payload: { path: 'x'.repeat(2_000) } })).toEqual([]);
  for (const verb of ['created', 'revoked', 'expired']) {
    const port = {
      entry_type: `port_expose.${verb}`,
      target_id: 'p1',
      crew_id: 'c1',
      agent_id: 'a1',
      payload: { port: 3_000 },
    };
    expect(told(port)).toEqual([['workspace:w1', `port_expose.${verb}`, { id: 'p1', crew_id: 'c1', agent_id: 'a1' }]]);
  }
  const gate = { entry_type: 'approval.requested', target_id: 'p1', payload: { kind: 'autonomy_gate' } };
  expect(told(gate)).toContainEqual(['workspace:w1', 'inbox.updated', { source: 'approval' }]);
});

test('whatever changes a mission is heard of as its update, a circuit as its agent’s', () => {
  const mission = { target_type: 'mission', target_id: 'm1', mission_id: 'm1', crew_id: 'c1' };
  for (const verb of ['paused', 'unpaused', 'plan_accepted', 'plan_refused']) {
    expect(told({ ...mission, entry_type: `mission.${verb}` })).toEqual([
      ['workspace:w1', 'mission.updated', { id: 'm1', crew_id: 'c1' }],
      ['mission:m1', 'mission.updated', { id: 'm1' }],
    ]);
  }
  for (const verb of ['opened', 'closed']) {
    const circuit = { entry_type: `agent.circuit_${verb}`, target_type: 'agent', target_id: 'a1', crew_id: 'c1' };
    expect(told(circuit)).toEqual([
      ['workspace:w1', 'agent.updated', { id: 'a1', crew_id: 'c1' }],
      ['agent:a1', 'agent.updated', { id: 'a1', crew_id: 'c1' }],
    ]);
  }
});

test('tokens of people and unknown types are heard of on the journal’s channel only, telemetry on none', () => {
  expect(told({ entry_type: 'audit.entity_deleted', target_type: 'cli_token', target_id: 'x' })).toEqual([]);
  const unknown = entry({ entry_type: 'page.moved' });
  expect(eventsOfEntry(unknown, journalEvents)).toEqual([
    { channel: 'journal:w1', type: 'journal.entry', payload: unknown, scope: 'journal:read' },
  ]);
  expect(eventsOfEntry(entry({ entry_type: 'container.metrics' }), journalEvents)).toEqual([]);
});

test('whatever an entry holds, events stay in its workspace and carry ids and enums, never its text', () => {
  const types = [
    'mission.created',
    'mission.status_change',
    'task.status_change',
    'audit.entity_created',
    'audit.entity_updated',
    'run.started',
    'run.failed',
    'agent.status_change',
    'container.status_change',
    'peer.escalation',
    'approval.requested',
    'approval.granted',
    'mission.paused',
    'mission.plan_refused',
    'agent.circuit_opened',
    'exec.output_chunk',
    'member.role_change',
    'session.participant_added',
    'session.participant_removed',
  ];
  const id = fc.option(fc.stringMatching(/^[a-z0-9]{2,12}$/), { nil: null });
  const payload = fc.dictionary(
    fc.constantFrom(
      ...['to', 'from', 'status', 'state', 'action', 'kind', 'confidence', 'error_code', 'reason', 'text'],
      ...['user_id', 'role'],
    ),
    fc.oneof(fc.jsonValue(), fc.constant('secret text of a person'), fc.constant('resolved')),
  );
  fc.assert(
    fc.property(
      fc.record({
        entry_type: fc.constantFrom(...types),
        target_type: fc.constantFrom('mission', 'task', 'crew', 'agent', 'workspace', 'user', null),
        target_id: id,
        crew_id: id,
        agent_id: id,
        mission_id: id,
        task_id: id,
        trace_id: id,
        summary: fc.constant('secret text of a person'),
        payload,
      }),
      (part) => {
        const made = entry(part as Partial<JournalEntry>);
        const rows = [`crew:${made.crew_id}`, `files:${made.crew_id}`, `mission:${made.mission_id}`];
        const agents = [`agent:${made.agent_id}`, `agent:${made.target_id}`];
        const people = [`user:${made.target_id}`, `user:${made.payload.user_id as string}`];
        const channels = ['workspace:w1', 'journal:w1', ...rows, ...agents, ...people];
        for (const event of eventsOfEntry(made, journalEvents)) {
          expect(channels).toContain(event.channel);
          expect(event.scope).toMatch(/^[a-z]+:read$/);
          if (event.type === 'journal.entry') continue;
          expect(JSON.stringify(event)).not.toContain('secret');
          for (const value of Object.values(event.payload)) expect(value).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
        }
      },
    ),
    { numRuns: 300 },
  );
});
