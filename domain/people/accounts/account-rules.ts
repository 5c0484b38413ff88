/** What a link of a mail is for. */
export type LinkPurpose = 'reset_password' | 'verify_email' | 'set_up_account';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** How long a link counts. */
export const LINK_SECONDS: Readonly<Record<LinkPurpose, number>> = {
  reset_password: HOUR_SECONDS / 2,
  verify_email: DAY_SECONDS,
  set_up_account: 7 * DAY_SECONDS,
};

/** How long a mail that holds no token is worth sending. */
export const NOTICE_SECONDS = DAY_SECONDS;

/** How long a pairing code counts, and how many of a person's at once. */
export const PAIRING_SECONDS = 600;
export const MAX_OPEN_PAIRINGS = 10;

/** Links by which somebody chooses a password. */
export const PASSWORD_LINKS = ['reset_password', 'set_up_account'] as const satisfies readonly LinkPurpose[];
