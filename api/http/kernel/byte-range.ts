import { combineRanges, parse } from 'range-parser';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';

const MAX_HEADER_LENGTH = 200;

/** Bytes from `start` up to and without `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What a `Range` header asks of content of so many bytes (RFC 9110 §14); null: all of it. Several ranges are answered
 * with all, as a server may; a unit that is not `bytes` is not looked at.
 *
 * @throws CrewshipError `invalid_request` for what is no range, `range_not_satisfiable` for one beyond the content
 */
export function byteRange(header: string | undefined, size: number): ByteRange | null {
  if (header === undefined) return null;
  if (header.length > MAX_HEADER_LENGTH)
    throw invalidField('Range', `must have at most ${MAX_HEADER_LENGTH} characters`);
  const asked = parse(size, header);
  if (asked.type !== 'bytes' && asked.type !== '') return null;
  if ((asked.code & 1) !== 0) throw invalidField('Range', 'must be as bytes=0-499, bytes=500- or bytes=-500');
  const ranges = combineRanges(asked.ranges);
  if (ranges.length > 1) return null;
  const [range] = ranges;
  if (range !== undefined) return { start: range.start, end: range.end + 1 };
  if (size === 0) return null;
  throw new CrewshipError('range_not_satisfiable', `this has ${size} bytes`, { extensions: { size } });
}

/** Headers of an answer that is a part, or the whole, of content of so many bytes. */
export function rangeHeaders(range: ByteRange | null, size: number): Record<string, string> {
  const { start, end } = range ?? { start: 0, end: size };
  return {
    'accept-ranges': 'bytes',
    'content-length': String(end - start),
    ...(range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
  };
}
