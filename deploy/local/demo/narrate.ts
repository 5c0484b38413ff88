import type { JournalEntry } from '../../../clients/typescript/src/index.ts';

/** What is read of an entry here. */
export type Entry = Pick<
  JournalEntry,
  'ts' | 'entry_type' | 'actor_type' | 'agent_id' | 'task_id' | 'summary' | 'payload'
>;

/** Names behind ids, for people. */
export interface Names {
  readonly agents: ReadonlyMap<string, string>;
  readonly tasks: ReadonlyMap<string, string>;
}

const WHO_WIDTH = 9;
const TIME = { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 } as const;
const CONTAINER: Readonly<Record<string, string>> = {
  starting: 'the crew’s container is starting',
  running: 'the crew’s container is up: no network, no capabilities, read-only root',
  stopped: 'the crew’s container is stopped',
  error: 'the crew’s container could not be started',
};

/** A journal entry as a line: time, who, what happened. Null for what people need not see here. */
export function narrate(entry: Entry, names: Names): string | null {
  const what = whatHappened(entry, names);
  if (what === null) return null;
  const time = new Date(entry.ts).toLocaleTimeString('en-GB', TIME);
  return `  ${time}  ${whoDidIt(entry, names).padEnd(WHO_WIDTH)} ${what}`;
}

function whoDidIt(entry: Entry, names: Names): string {
  const agent = entry.agent_id === null ? undefined : names.agents.get(entry.agent_id);
  if (entry.actor_type === 'user') return 'you';
  return agent ?? 'crewship';
}

function whatHappened({ entry_type: type, payload, summary, task_id: taskId }: Entry, names: Names): string | null {
  const task = `“${names.tasks.get(taskId ?? '') ?? taskId}”`;
  switch (type) {
    case 'mission.status_change':
      return `mission ${payload.from} → ${payload.to}`;
    case 'container.status_change':
      return CONTAINER[String(payload.to)] ?? summary;
    case 'task.status_change':
      return describeTask(task, payload);
    case 'peer.escalation':
      return describeEscalation(task, payload);
    case 'run.failed':
    case 'run.timeout':
      return `${summary} (${payload.error_code}, exit code ${payload.exit_code})`;
    default:
      return null;
  }
}

function describeTask(task: string, { to, reason, attempt, iteration }: Entry['payload']): string {
  switch (to) {
    case 'PENDING':
      return reason === 'dependencies_satisfied'
        ? `${task} is ready: what it depends on is done`
        : `${task} is tried again`;
    case 'IN_PROGRESS':
      return `${task} started, attempt ${attempt} of iteration ${iteration}`;
    case 'COMPLETED':
      return `${task} completed`;
    default:
      return `${task} ${String(to).toLowerCase()}${typeof reason === 'string' ? ` (${reason})` : ''}`;
  }
}

function describeEscalation(task: string, { state, action, agent_still_waiting: waiting }: Entry['payload']): string {
  switch (state) {
    case 'pending':
      return `${task} asks a person and waits`;
    case 'resolved':
      return `answered: ${action}${waiting ? '; the agent was waiting for it' : ''}`;
    default:
      return `the question of ${task} is ${state}`;
  }
}
