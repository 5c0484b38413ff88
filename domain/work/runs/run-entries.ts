import { entryKind } from '../../kernel/journal/entry-kind.ts';

/** What every entry of a run's life says. */
export type RunFacts = {
  readonly run_id: string;
  readonly trigger_type: string;
  readonly purpose?: 'planning';
  readonly iteration: number;
  readonly attempt: number;
  readonly predecessor_id?: string;
};

type Start = RunFacts & ({ readonly container_id: string } | { readonly reported: true });

type Cancelled = { readonly error_code: 'cancelled' };
type Reported = { readonly reported: true; readonly error_code: string | null; readonly exit_code: number | null };
type Observed = {
  readonly error_code: string | null;
  readonly exit_code: number | null;
  readonly cost_usd_micros: number;
  readonly model?: string;
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly cached_input_tokens?: number;
  readonly cache_creation_tokens?: number;
  readonly output_truncated?: true;
};
type End = RunFacts & (Cancelled | Reported | Observed);

/** What the agent's output says, at the line that says it. */
export type OutputPlace = { readonly run_id: string; readonly line_offset: number };

export const runEntries = {
  'run.started': entryKind<Start>(),
  'run.completed': entryKind<End>(),
  'run.failed': entryKind<End>(),
  'run.cancelled': entryKind<End>(),
  'run.timeout': entryKind<End>(),
  'run.session_init': entryKind<OutputPlace & { readonly session_id: string | null; readonly model: string | null }>(),
  'run.agent_span': entryKind<OutputPlace & { readonly tool: string }>(),
  /** The command itself is the agent's text. */
  'exec.command': entryKind<
    OutputPlace & { readonly tool: string; readonly length: number; readonly sha256: string }
  >(),
  'exec.output_chunk': entryKind<{
    readonly run_id: string;
    readonly offset: number;
    readonly length: number;
    readonly sha256: string;
  }>(),
};
