import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { MailKind } from './mail.ts';

/** What became of mails: never whom they went to or what they said. */
export const mailEntries = {
  'mail.sent': entryKind<{ readonly kind: MailKind; readonly attempts: number }>(),
  /** Not tried any more. `code`: what the mail server said last, as a word or a number. */
  'mail.dead': entryKind<{ readonly kind: MailKind; readonly attempts: number; readonly code: string }>(),
};
