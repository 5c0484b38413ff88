import { createHash } from 'node:crypto';

const names = new Map<string, string>();
/** A connection keeps a statement for good; texts with lists of varying length would grow that without end. */
const MAX_NAMES = 1_000;

/**
 * The name under which a connection prepares a query text, so that Postgres parses and plans it once instead of at each
 * call: planning was half of the SQL time of a mission's start. Undefined for texts beyond the first
 * thousand, which are then sent as they are.
 */
export function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MAX_NAMES) return known;
  const name = `s_${createHash('sha1').update(text).digest('hex').slice(0, 24)}`;
  names.set(text, name);
  return name;
}
