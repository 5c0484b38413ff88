import { createTransport } from 'nodemailer';
import type { SmtpSettings } from './smtp-settings.ts';

export interface OutgoingMail {
  /** Of its row: the same mail sent again has the same Message-ID. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface MailTransport {
  /** Resolves when the server has taken the mail. Throws {@link MailRefused}. */
  send(mail: OutgoingMail): Promise<void>;
  close(): void;
}

/** The mail was not taken. `code` is a word or a reply code and holds nothing of the mail. */
export class MailRefused extends Error {
  readonly code: string;
  /** Trying again would not help. */
  readonly isFinal: boolean;

  constructor(code: string, isFinal: boolean, cause: unknown) {
    super(`the mail was not taken: ${code}`, { cause });
    this.name = 'MailRefused';
    this.code = code;
    this.isFinal = isFinal;
  }
}

const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;

/** Sends plain text over SMTP; a connection a mail, as mails are few. */
export function createMailTransport(settings: SmtpSettings, from: string): MailTransport {
  const transporter = createTransport({
    host: settings.host,
    port: settings.port,
    secure: settings.isTls,
    requireTLS: settings.needsStartTls,
    // Where it need not be TLS, a certificate that nobody checks against anything would protect nothing.
    ignoreTLS: !settings.isTls && !settings.needsStartTls,
    ...(settings.auth === null ? {} : { auth: settings.auth }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // A mail is text that we wrote: nothing of it names a file or an address to read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return {
    async send(mail) {
      try {
        await transporter.sendMail({
          from: { name: 'Crewship', address: from },
          // As an object, an address is never read as a list of them.
          to: { name: '', address: mail.to },
          subject: mail.subject,
          text: mail.text,
          messageId: `<${mail.id}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
      } catch (error) {
        throw refusalOf(error);
      }
    },
    close: () => transporter.close(),
  };
}

/**
 * Replies that say no to this mail for good. Others of the fives, as wrong credentials or TLS, are of the operator's
 * settings, which change.
 */
const FINAL_REPLIES: ReadonlySet<number> = new Set([550, 551, 552, 553, 554]);

function refusalOf(error: unknown): MailRefused {
  const { responseCode, code, command } = (error ?? {}) as Record<string, unknown>;
  if (typeof responseCode === 'number') {
    const isOfMail = command === 'RCPT TO' || command === 'DATA';
    return new MailRefused(`smtp_${responseCode}`, isOfMail && FINAL_REPLIES.has(responseCode), error);
  }
  const word = typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code.toLowerCase() : 'unreachable';
  return new MailRefused(word, false, error);
}
