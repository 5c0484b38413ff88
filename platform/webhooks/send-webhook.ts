import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import type { GuardedClient, OutboundAnswer } from '../guarded-http/guarded-client.ts';
import { webhookHeaders } from './webhook-signature.ts';

export interface OutgoingWebhook {
  /** Of its row: the same message sent again has the same id, by which a receiver knows it. */
  readonly id: string;
  readonly url: string;
  readonly contentType: string;
  readonly body: string;
  /** The newest first; each signs. */
  readonly secrets: readonly string[];
  readonly sentAt: Date;
  /** The workspace's id. */
  readonly share: string;
}

/** The message was not taken. `code` is a word or `http_<status>` and holds nothing of the message. */
export class WebhookRefused extends Error {
  readonly code: string;
  readonly status: number | null;
  /** Trying again would not help. */
  readonly isFinal: boolean;
  /** The receiver says that there is none any more. */
  readonly isGone: boolean;
  readonly retryAfterSeconds: number;

  constructor(
    code: string,
    about: { status?: number; isFinal?: boolean; isGone?: boolean; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(`the webhook was not taken: ${code}`, { cause: about.cause });
    this.name = 'WebhookRefused';
    this.code = code;
    this.status = about.status ?? null;
    this.isFinal = about.isFinal ?? false;
    this.isGone = about.isGone ?? false;
    this.retryAfterSeconds = about.retryAfterSeconds ?? 0;
  }
}

/** A receiver takes a message and works on it afterwards. */
const DEFAULT_TIMEOUT_MS = 10_000;
const GONE = 410;

/** Seconds or a date; 0 for what is neither. */
function retryAfterSeconds(answer: OutboundAnswer, now: Date): number {
  const value = answer.headers['retry-after'];
  if (typeof value !== 'string') return 0;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? 0 : Math.max(0, Math.ceil((at - now.getTime()) / 1_000));
}

/**
 * Posts a signed message and resolves with the status of who took it, a 2xx. A redirect is not followed: what is signed
 * is for the receiver that was named. Throws {@link WebhookRefused}; nothing of the answer's body is read.
 */
export async function sendWebhook(
  client: Pick<GuardedClient, 'send'>,
  webhook: OutgoingWebhook,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<number> {
  let answer: OutboundAnswer;
  try {
    answer = await client.send({
      url: webhook.url,
      method: 'POST',
      headers: { 'content-type': webhook.contentType, ...webhookHeaders(webhook, webhook.secrets) },
      body: webhook.body,
      redirects: 0,
      timeoutMs,
      share: webhook.share,
    });
  } catch (error) {
    if (!(error instanceof CrewshipError)) throw error;
    const { reason } = error.extensions as { readonly reason?: unknown };
    const code = error.code === 'egress_failed' && typeof reason === 'string' ? reason : error.code;
    throw new WebhookRefused(code, { isFinal: error.code === 'invalid_request', cause: error });
  }
  answer.discard();
  const { status } = answer;
  if (status >= 200 && status < 300) return status;
  throw new WebhookRefused(`http_${status}`, {
    status,
    isFinal: status === GONE,
    isGone: status === GONE,
    retryAfterSeconds: retryAfterSeconds(answer, webhook.sentAt),
  });
}
