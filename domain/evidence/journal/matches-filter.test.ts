import { expect, test } from 'vitest';
import type { JournalEntry } from '../../kernel/journal/journal-entry.ts';
import type { JournalFilter } from './journal-filter.ts';
import { matchesFilter } from './matches-filter.ts';

const entry = {
  ts: '2026-01-02T00:00:00.000Z',
  entry_type: 'run.failed',
  severity: 'error',
  priority: 'normal',
  actor_type: 'agent',
  crew_id: 'c1',
  agent_id: null,
  mission_id: 'm1',
  trace_id: 'r1',
} as JournalEntry;

test('an entry matches when every given list holds its value, and an empty or absent list asks nothing', () => {
  const matching: JournalFilter[] = [
    {},
    { crewIds: [], entryTypes: [] },
    { crewIds: ['c2', 'c1'], missionId: 'm1', traceId: 'r1' },
    { entryTypes: ['run.failed'], excludeEntryTypes: ['run'], severities: ['error', 'warn'], actorTypes: ['agent'] },
    { priorities: ['normal'], since: '2026-01-02T01:00:00+01:00', until: '2026-01-02T00:00:00.001Z' },
  ];
  for (const filter of matching) expect(matchesFilter(entry, filter), JSON.stringify(filter)).toBe(true);
  const other: JournalFilter[] = [
    { crewIds: ['c2'] },
    { agentIds: ['a1'] },
    { missionId: 'm2' },
    { entryTypes: ['run'] },
    { excludeEntryTypes: ['run.failed'] },
    { severities: ['info'] },
    { priorities: ['pin'] },
    { since: '2026-01-02T00:00:00.001Z' },
    { until: '2026-01-02T00:00:00.000Z' },
  ];
  for (const filter of other) expect(matchesFilter(entry, filter), JSON.stringify(filter)).toBe(false);
});
