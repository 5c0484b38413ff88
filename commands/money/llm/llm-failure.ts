import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ModelTarget } from '../../../domain/money/llm/llm-config.ts';
import { modelFailure } from '../../../platform/llm/model-calls.ts';

type FailureReason = 'timeout' | 'refused' | 'overloaded' | 'unreachable' | 'unusable';

/** What one try came to, if not to an answer. */
export interface LlmFailure {
  readonly reason: FailureReason;
  readonly status: number | null;
  readonly mayPass: boolean;
  readonly retryAfterMs: number | null;
}

/** What a failed try means. Rethrows what is not the model's: a budget without room, a ledger that is away. */
export function failureOf(error: unknown, isOver: boolean): LlmFailure {
  const { refusal, status, retryAfterMs } = modelFailure(error);
  const failed = (reason: FailureReason, mayPass: boolean): LlmFailure => ({ reason, status, mayPass, retryAfterMs });
  if (refusal !== null && !['egress_failed', 'address_refused'].includes(refusal.code)) throw refusal;
  if (isOver || refusal?.extensions.reason === 'timeout') return failed('timeout', false);
  if (refusal?.code === 'address_refused') return failed('unreachable', false);
  if (refusal !== null) return failed('unreachable', true);
  if (status === 429 || status === 529 || status === 503) return failed('overloaded', true);
  if (status !== null && (status >= 500 || status === 408)) return failed('unreachable', true);
  if (status !== null && status >= 300) return failed('refused', false);
  return failed('unusable', true);
}

/** Names the model and what came, never what the provider said: it may repeat a key or a prompt. */
export function llmFailed({ provider, model }: ModelTarget, { reason, status }: LlmFailure): CrewshipError {
  const what = status === null || status < 300 ? '' : ` (status ${status})`;
  const text = {
    timeout: 'did not answer in time',
    refused: 'refuses the call',
    overloaded: 'takes no more calls now',
    unreachable: 'cannot be reached',
    unusable: 'answered what cannot be used',
  }[reason];
  return new CrewshipError('llm_failed', `${provider}/${model} ${text}${what}`, {
    extensions: { provider, model, reason, ...(status === null ? {} : { upstream_status: status }) },
  });
}
