/** Types of entries that a trajectory is made of; a dot at the end stands for all that begin so. */
export const TRAJECTORY_TYPES = [
  'exec.command',
  'llm.call',
  'keeper.decision',
  'assignment.',
  'mission.status_change',
  'guardrail.',
  'peer.escalation',
  'budget.',
] as const;

/** An entry of a mission as evaluation reads it: what crews wrote may be anything. */
export interface TrajectoryEntry {
  readonly id: string;
  readonly ts: string;
  readonly type: string;
  /** The first of `command`, `tool`, `name`; of a call of a model of `model`, `provider`; of a keeper `decision`. */
  readonly tool: string | null;
  /** Where the command itself is not in the journal: what tells it from others. */
  readonly sha256: string | null;
  readonly exitCode: string | null;
  readonly isError: string | null;
  readonly durationMs: string | null;
  readonly costUsd: string | null;
  readonly inputTokens: string | null;
  readonly outputTokens: string | null;
  /** The status that a mission came to, or the state of an escalation. */
  readonly to: string | null;
}

/** One step of what a mission did. */
export interface Step {
  readonly entryId: string;
  readonly ts: string;
  readonly type: string;
  readonly tool: string;
}

export function stepOf(entry: TrajectoryEntry): Step {
  const { id: entryId, ts, type } = entry;
  return { entryId, ts, type, tool: toolOf(entry) };
}

function toolOf({ type, tool }: TrajectoryEntry): string {
  const isCall = type === 'exec.command' || type === 'llm.call' || type === 'keeper.decision';
  return isCall ? (tool ?? '') : '';
}

/**
 * The bytes of one step in a trajectory's signature: type, US, tool, NUL. No type holds a US and no text of the
 * journal a NUL, so two sequences give the same bytes only where they are the same.
 */
export function signatureText({ type, tool }: Pick<Step, 'type' | 'tool'>): string {
  return `${type}\u001f${tool}\0`;
}

export function isSameStep(a: Step | undefined, b: Step | undefined): boolean {
  return a?.type === b?.type && a?.tool === b?.tool;
}
