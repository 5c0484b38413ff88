const MAX_LENGTH = 50;

/**
 * A username from an e-mail address: its local part, lower-cased, other characters as hyphens, 2 to 50 long. Not yet
 * unique: the caller adds `suffix` when it is taken.
 */
export function usernameFromEmail(email: string, suffix = ''): string {
  const local = (email.split('@')[0] ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const base = local.length >= 2 ? local : `user-${local}`.replace(/-$/, '');
  const tail = suffix === '' ? '' : `-${suffix}`;
  return base.slice(0, MAX_LENGTH - tail.length).replace(/-+$/, '') + tail;
}
