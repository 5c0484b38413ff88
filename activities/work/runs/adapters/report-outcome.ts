import type { RunReport } from '../../../../commands/engine/runs/settle-run.ts';
import type { AgentOutcome } from '../../../../domain/work/agent-output/agent-event.ts';
import { readResultBlock } from '../../../../domain/work/agent-output/result-block.ts';
import { readPublishedPaths } from '../../../../domain/work/artifacts/artifact.ts';
import type { JsonObject } from '../../../../domain/kernel/json/json-value.ts';
import { storableJson } from '../exec/storable-json.ts';
import type { EndedAttempt } from './agent-adapter.ts';

/** What starts a program says so by these, as every shell does: found but not runnable, and not found. */
const CANNOT_RUN = new Set([126, 127]);

/** What a tool's own count of its use adds to the report of any end. */
export function usageReport(outcome: AgentOutcome): Pick<RunReport, 'llm' | 'costMicros'> {
  return {
    llm: { model: outcome.model, usage: outcome.usage },
    ...(outcome.costMicros === null ? {} : { costMicros: outcome.costMicros }),
  };
}

function storableHandoff(handoff: Readonly<Record<string, unknown>> | null): JsonObject | null {
  try {
    return handoff === null ? null : (storableJson(handoff) as JsonObject);
  } catch {
    // Nested deeper than is kept; the answer stands without it.
    return null;
  }
}

/**
 * The end of an attempt whose output is a stream of events. `program` is its name on PATH, `setting` the host's setting
 * that mounts one.
 */
export function reportOutcome(ended: EndedAttempt, tool: { program: string; setting: string }): RunReport {
  const { exitCode, outputTruncated } = ended;
  const outcome = ended.outcome!;
  const base = { outputTruncated, ...usageReport(outcome) };
  if (CANNOT_RUN.has(exitCode) && outcome.text === null && outcome.error === null) {
    const message = `${tool.program} is not in the crew's image and not mounted by its host (${tool.setting})`;
    return { ...base, outcome: { kind: 'not_started', code: 'adapter_unavailable' }, errorMessage: message };
  }
  if (outcome.error !== null) {
    return { ...base, outcome: { kind: 'exited', exitCode, result: 'failed' }, errorMessage: outcome.error };
  }
  if (exitCode !== 0) {
    const said = outcome.noise === '' ? '' : `: ${outcome.noise}`;
    return {
      ...base,
      outcome: { kind: 'exited', exitCode, result: 'missing' },
      errorMessage: `exit code ${exitCode}${said}`,
    };
  }
  if (outcome.text === null) {
    const why = outputTruncated ? 'its output was cut at the limit before an answer' : 'it ended without an answer';
    return { ...base, outcome: { kind: 'exited', exitCode, result: 'invalid' }, errorMessage: why };
  }
  const { summary, confidence, handoff, plan, artifacts } = readResultBlock(outcome.text);
  return {
    ...base,
    outcome: { kind: 'exited', exitCode, result: 'ok' },
    summary: storableJson(summary) as string,
    confidence,
    handoff: storableHandoff(handoff),
    plan,
    artifacts: readPublishedPaths(artifacts),
  };
}
