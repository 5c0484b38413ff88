import { createHash } from 'node:crypto';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { AgentAction, AgentEvent } from '../../../domain/work/agent-output/agent-event.ts';
import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { OutputPlace } from '../../../domain/work/runs/run-entries.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { runPlace } from './run-journal.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';

type OutputEntry = EntryParts<
  'run.session_init' | 'run.agent_span' | 'run.model_call' | 'exec.command' | 'file.written'
> & {
  readonly summary: string;
};

/** Names, paths and numbers are evidence; a command is the agent's text, which the entry holds by length and hash. */
function entryOf(action: AgentAction, place: OutputPlace): OutputEntry {
  switch (action.kind) {
    case 'session':
      return {
        type: 'run.session_init',
        summary: 'agent session began',
        payload: { ...place, session_id: action.sessionId, model: action.model },
      };
    case 'llm_call': {
      const { usage } = action;
      return {
        type: 'run.model_call',
        summary: `call of ${action.model ?? 'a model'}`,
        payload: {
          ...place,
          model: action.model,
          input_tokens: usage.inputTokens,
          output_tokens: usage.outputTokens,
          cached_input_tokens: usage.cachedInputTokens,
          cache_creation_tokens: usage.cacheCreationTokens,
          ...(action.costMicros === null ? {} : { cost_usd_micros: action.costMicros }),
        },
      };
    }
    case 'command': {
      const bytes = Buffer.from(action.command);
      const { exitCode, isError, durationMs } = action.end;
      return {
        type: 'exec.command',
        summary: `command by ${action.tool}`,
        payload: {
          run_id: place.run_id,
          line_offset: action.calledAt,
          tool: action.tool,
          length: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
          ...(exitCode === undefined ? {} : { exit_code: exitCode }),
          ...(isError === undefined ? {} : { is_error: isError }),
          ...(durationMs === undefined ? {} : { duration_ms: durationMs }),
        },
      };
    }
    case 'file_written':
      return {
        type: 'file.written',
        summary: `file written by ${action.tool}`,
        payload: { ...place, tool: action.tool, path: action.path },
      };
    case 'tool_call':
      return { type: 'run.agent_span', summary: `call of ${action.tool}`, payload: { ...place, tool: action.tool } };
  }
}

/**
 * What the agent's output says it did, as entries of the transaction that stores the output. Their ids follow from
 * their place in it, so no two readers can write one twice.
 */
export function journalAgentEvents(tx: Tx, run: RunRow, events: readonly AgentEvent[]): void {
  for (const { offset, index, action } of events) {
    tx.journal({
      transitionId: `run-${run.id}:event-${offset}-${index}`,
      actor: orchestratorActor(),
      ...runPlace(run),
      ...entryOf(action, { run_id: run.id, line_offset: offset }),
    });
  }
}
