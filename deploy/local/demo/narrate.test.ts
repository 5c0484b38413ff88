import { expect, test } from 'vitest';
import { type Entry, narrate } from './narrate.ts';

const names = { agents: new Map([['a1', 'Lead']]), tasks: new Map([['t1', 'Decide']]) };
const entry: Entry = {
  ts: new Date(2024, 5, 7, 9, 8, 7, 65).toISOString(),
  entry_type: 'task.status_change',
  actor_type: 'orchestrator',
  agent_id: 'a1',
  task_id: 't1',
  summary: 'task PENDING → IN_PROGRESS',
  payload: { from: 'PENDING', to: 'IN_PROGRESS', attempt: 1, iteration: 2 },
};

test('a line has the time, who and what', () => {
  expect(narrate(entry, names)).toBe('  09:08:07.065  Lead      “Decide” started, attempt 1 of iteration 2');
});

test('what people do is told as theirs, also when it concerns an agent', () => {
  const resolved = { state: 'resolved', action: 'approve', agent_still_waiting: true };
  expect(narrate({ ...entry, entry_type: 'peer.escalation', actor_type: 'user', payload: resolved }, names)).toContain(
    'you       answered: approve; the agent was waiting for it',
  );
});

test('a failure names its code', () => {
  const payload = { error_code: 'exit_code', exit_code: 3 };
  expect(narrate({ ...entry, entry_type: 'run.failed', summary: 'run failed', payload }, names)).toContain(
    'Lead      run failed (exit_code, exit code 3)',
  );
});

test('bookkeeping is left out', () => {
  expect(narrate({ ...entry, entry_type: 'audit.entity_created' }, names)).toBeNull();
});
