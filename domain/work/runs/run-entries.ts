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
  /** It waits for somebody's answer: its places are others' meanwhile, and its clock stands. */
  'run.waiting': entryKind<{ readonly run_id: string }>(),
  'run.resumed': entryKind<{ readonly run_id: string; readonly stood_ms: number }>(),
  'run.session_init': entryKind<OutputPlace & { readonly session_id: string | null; readonly model: string | null }>(),
  /** What a tool says of a call of a model. What the call cost is the ledger's to say, in its `llm.call`. */
  'run.model_call': entryKind<
    OutputPlace & {
      readonly model: string | null;
      readonly input_tokens: number;
      /** Null where the tool tells them for the whole run only. */
      readonly output_tokens: number | null;
      readonly cached_input_tokens: number;
      readonly cache_creation_tokens: number;
      readonly cost_usd_micros?: number;
    }
  >(),
  'run.agent_span': entryKind<OutputPlace & { readonly tool: string }>(),
  /**
   * A command that an agent ran, written when its result is there, or the run's end left it without one. The command
   * itself is the agent's text: it stands at `line_offset`. `exit_code` where the tool tells it, else `is_error`.
   */
  'exec.command': entryKind<
    OutputPlace & {
      readonly tool: string;
      readonly length: number;
      readonly sha256: string;
      readonly exit_code?: number;
      readonly is_error?: boolean;
      readonly duration_ms?: number;
    }
  >(),
  /** A secret that the agent had no right to say was in its output, which is stored without it. */
  'guardrail.output_blocked': entryKind<{
    readonly run_id: string;
    readonly offset: number;
    readonly reason: 'secret_in_output';
    readonly count: number;
  }>(),
  'exec.output_chunk': entryKind<{
    readonly run_id: string;
    readonly offset: number;
    readonly length: number;
    readonly sha256: string;
  }>(),
};
