/** Bytes of a content, counted from 0; `to` is the last one. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

const RANGE = /^bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})$/i;

/**
 * What a `Range` header asks for of a content of so many bytes (RFC 9110, section 14). Null: the whole, also for units
 * and several ranges, which nobody has to serve. `unsatisfiable`: nothing of it is there, a 416.
 */
export function readByteRange(header: string | undefined, sizeBytes: number): ByteRange | 'unsatisfiable' | null {
  const [, first, last] = RANGE.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return null;
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? 'unsatisfiable' : { from: sizeBytes - length, to: sizeBytes - 1 };
  }
  const from = Number(first);
  const to = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (last !== '' && Number(last) < from) return null;
  return from >= sizeBytes ? 'unsatisfiable' : { from, to };
}
