/** What mails are about. Each has its text in `mail-text.ts`. */
export const MAIL_KINDS = [
  'verify_email',
  'account_exists',
  'reset_password',
  'password_changed',
  'invitation',
  'set_up_account',
] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

/** Names that a mail says. Somebody else chose them: they are text to whoever reads it and nothing else. */
export interface MailWords {
  readonly workspace?: string;
  readonly inviter?: string;
  readonly role?: string;
}

/** Which of a mail's secrets is sealed in its row. */
export const MAIL_TOKEN_FIELD = 'link_token';

/** A mail is tried so often; then it is dead. */
export const MAIL_ATTEMPTS = 10;

/** Mails of one kind that an address gets in an hour, whoever asks for them. */
export const MAILS_PER_HOUR = 5;

const FIRST_PAUSE_SECONDS = 15;
const LONGEST_PAUSE_SECONDS = 3_600;

/** How long a mail rests after so many tries that failed: from a quarter of a minute to an hour. */
export function mailPauseSeconds(attempts: number): number {
  return Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** Math.max(0, attempts - 1));
}
