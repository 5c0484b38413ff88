/** Below this a string is written as fast as bytes. */
const WORTH_ENCODING = 1_024;

/**
 * A serialised body as bytes. Node writes a long string to a socket character by character; one that is all ASCII is
 * copied instead. Writing was 18 % of the process's time under a load of 12 KB lists.
 */
export function encodeBody(payload: unknown): unknown {
  if (typeof payload !== 'string' || payload.length < WORTH_ENCODING) return payload;
  const isAscii = Buffer.byteLength(payload) === payload.length;
  return Buffer.from(payload, isAscii ? 'latin1' : 'utf8');
}
