import { MailRefused, type MailTransport } from '../../../platform/mail/mail-transport.ts';
import type { GuardedClient } from '../../../platform/guarded-http/guarded-client.ts';
import { type OutgoingWebhook, sendWebhook, WebhookRefused } from '../../../platform/webhooks/send-webhook.ts';

/** A message as it leaves: where it goes, what it says and what signs it. Its id is its row's. */
export type OutgoingMessage =
  | {
      readonly channel: 'email';
      readonly id: string;
      readonly to: string;
      readonly subject: string;
      readonly text: string;
    }
  | ({ readonly channel: 'webhook' } & OutgoingWebhook);

/** How a try ended. Codes hold nothing of the message. */
export type SendOutcome =
  | { readonly sent: true; readonly status: number | null }
  | {
      readonly sent: false;
      readonly code: string;
      readonly status: number | null;
      /** Trying again would not help. */
      readonly isFinal: boolean;
      /** The receiver says that there is none any more. */
      readonly isGone: boolean;
      readonly retryAfterSeconds: number;
    };

/** Sends messages by any channel, whoever they are for. */
export interface Courier {
  /** Without a mail server no mail is composed. */
  readonly sendsMail: boolean;
  send(message: OutgoingMessage): Promise<SendOutcome>;
}

export function createCourier(deps: {
  readonly mail: Pick<MailTransport, 'send'> | null;
  readonly client: Pick<GuardedClient, 'send'>;
  readonly webhookTimeoutMs?: number;
}): Courier {
  return {
    sendsMail: deps.mail !== null,
    async send(message) {
      try {
        if (message.channel === 'webhook') {
          return { sent: true, status: await sendWebhook(deps.client, message, deps.webhookTimeoutMs) };
        }
        if (deps.mail === null) throw new Error('there is no mail server');
        await deps.mail.send(message);
        return { sent: true, status: null };
      } catch (error) {
        if (error instanceof WebhookRefused) {
          const { code, status, isFinal, isGone, retryAfterSeconds } = error;
          return { sent: false, code, status, isFinal, isGone, retryAfterSeconds };
        }
        if (!(error instanceof MailRefused)) throw error;
        const { code, isFinal } = error;
        return { sent: false, code, status: null, isFinal, isGone: false, retryAfterSeconds: 0 };
      }
    },
  };
}
