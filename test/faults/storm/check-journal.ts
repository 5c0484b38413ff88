import type pg from 'pg';
import type { Transition } from './transition-witness.ts';

/** An entry of the journal, in its stream's order. */
export interface Entry {
  readonly entry_type: string;
  readonly mission_id: string | null;
  readonly task_id: string | null;
  readonly target_id: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Statuses of a run whose beginning is an entry; a run that waits for its place has none. */
const RUN_ENTRY_STATUS: Readonly<Record<string, string>> = {
  'run.started': 'RUNNING',
  'run.completed': 'COMPLETED',
  'run.failed': 'FAILED',
  'run.cancelled': 'CANCELLED',
  'run.timeout': 'TIMEOUT',
};

/**
 * The journal against what the rows went through: the same transitions of every row, in the same order, each once; and
 * positions without gap or repetition in every stream, one for every entry.
 */
export async function checkJournal(
  owner: pg.Client,
  witnessed: readonly Transition[],
): Promise<{ found: string[]; transitions: number }> {
  const { rows: entries } = await owner.query<Entry>(`
    SELECT e.entry_type, e.mission_id, e.task_id, e.target_id, e.payload
    FROM journal_positions p JOIN journal_entries e ON e.id = p.entry_id AND e.ts = p.entry_ts
    ORDER BY p.stream, p.position`);
  const found = [...(await checkPositions(owner)), ...checkChains(witnessed), ...compareJournal(witnessed, entries)];
  return { found, transitions: witnessed.length };
}

/** Where what the entries tell of a row differs from what it went through. */
export function compareJournal(witnessed: readonly Transition[], entries: readonly Entry[]): string[] {
  const expected = storiesOf(witnessed.filter(isJournalled));
  const told = storiesOf(entries.flatMap(toTransition));
  const found: string[] = [];
  for (const [row, story] of expected) {
    const journal = told.get(row);
    if (journal !== story) found.push(`${row} went ${story}; the journal says ${journal ?? 'nothing'}`);
  }
  for (const [row, story] of told) {
    if (!expected.has(row)) found.push(`the journal tells of ${row}, ${story}: no such row`);
  }
  return found;
}

async function checkPositions(owner: pg.Client): Promise<string[]> {
  const { rows: gaps } = await owner.query<{ stream: string; problem: string }>(`
    SELECT p.stream, format('%s positions from %s to %s, the stream reaches %s', count(*), min(position), max(position),
      max(s.last_position)) AS problem
    FROM journal_positions p LEFT JOIN journal_streams s ON s.stream = p.stream
    GROUP BY p.stream
    HAVING count(*) <> max(position) OR min(position) <> 1 OR max(position) IS DISTINCT FROM max(s.last_position)`);
  const { rows: orphans } = await owner.query<{ problem: string }>(`
    SELECT format('entry %s has %s positions', e.id, count(p.entry_id)) AS problem
    FROM journal_entries e LEFT JOIN journal_positions p ON p.entry_id = e.id
    GROUP BY e.id HAVING count(p.entry_id) <> 1
    UNION ALL SELECT format('position %s of %s has no entry', p.position, p.stream)
    FROM journal_positions p LEFT JOIN journal_entries e ON e.id = p.entry_id WHERE e.id IS NULL`);
  return [...gaps.map(({ stream, problem }) => `stream ${stream}: ${problem}`), ...orphans.map((row) => row.problem)];
}

/** A row's transitions begin where the ones before them ended. */
function checkChains(witnessed: readonly Transition[]): string[] {
  const at = new Map<string, string>();
  const found: string[] = [];
  for (const { kind, id, from, to } of witnessed) {
    const row = `${kind} ${id}`;
    if ((at.get(row) ?? null) !== from) found.push(`${row} went from ${from} to ${to}, but was ${at.get(row)}`);
    at.set(row, to);
  }
  return found;
}

function isJournalled(transition: Transition): boolean {
  return transition.kind !== 'run' || Object.values(RUN_ENTRY_STATUS).includes(transition.to);
}

/** `mission <id>` → `→PLANNING PLANNING→IN_PROGRESS …`. Where a run came from is not in its entries. */
function storiesOf(transitions: readonly Transition[]): Map<string, string> {
  const stories = new Map<string, string>();
  for (const { kind, id, from, to } of transitions) {
    const row = `${kind} ${id}`;
    const step = kind === 'run' ? to : `${from ?? ''}→${to}`;
    stories.set(row, stories.has(row) ? `${stories.get(row)} ${step}` : step);
  }
  return stories;
}

function toTransition(entry: Entry): Transition[] {
  const { payload } = entry;
  const from = payload.from as string;
  const to = payload.to as string;
  switch (entry.entry_type) {
    case 'mission.created':
      return [{ kind: 'mission', id: entry.mission_id!, from: null, to: payload.status as string }];
    case 'mission.status_change':
      return [{ kind: 'mission', id: entry.mission_id!, from, to }];
    case 'audit.entity_created':
      return entry.task_id === null
        ? []
        : [{ kind: 'task', id: entry.task_id, from: null, to: payload.status as string }];
    case 'task.status_change':
      return [{ kind: 'task', id: entry.task_id!, from, to }];
    default: {
      const status = RUN_ENTRY_STATUS[entry.entry_type];
      return status === undefined ? [] : [{ kind: 'run', id: entry.target_id!, from: null, to: status }];
    }
  }
}
