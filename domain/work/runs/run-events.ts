import type { EventRule, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { RunFacts, runEntries } from './run-entries.ts';
import type { RunStatus } from './run-status.ts';

/** A run that has this status now. */
function runIs(status: RunStatus): EventRule<RunFacts & { readonly error_code: string }> {
  return (entry, at) => {
    // Who listens to the workspace may not know of the chat that it is a turn of.
    if (entry.target_type === 'chat') return [];
    const payload = known({
      id: entry.trace_id,
      agent_id: entry.agent_id,
      crew_id: entry.crew_id,
      mission_id: entry.mission_id,
      task_id: entry.task_id,
      status,
      error_code: word(entry.payload.error_code),
    });
    return [
      ...to(at.workspace, entry.entry_type, 'runs:read', payload),
      ...to(at.mission, entry.entry_type, 'runs:read', payload),
      ...to(at.agent, entry.entry_type, 'runs:read', payload),
    ];
  };
}

export const runEvents = {
  entries: {
    'run.started': runIs('RUNNING'),
    'run.completed': runIs('COMPLETED'),
    'run.failed': runIs('FAILED'),
    'run.cancelled': runIs('CANCELLED'),
    'run.timeout': runIs('TIMEOUT'),
  },
} satisfies EventRules<typeof runEntries>;
