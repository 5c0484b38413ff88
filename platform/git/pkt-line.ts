import { PackTooLargeError } from './pack-too-large-error.ts';

/** A packet of git's protocol: data, or one of the marks that end a part. */
export type Packet = { readonly kind: 'data'; readonly data: Buffer } | { readonly kind: 'flush' | 'delimiter' };

const LENGTH_DIGITS = 4;
const LONGEST = 65_520;
/** Of one answer. A pack of 32 MiB is 500 of the longest, and an answer of marks alone millions. */
const MOST = 50_000;

/** Packets of a request: its lines, and the marks `flush` and `delimiter` between them. */
export function writePackets(parts: readonly string[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (part === 'flush') return Buffer.from('0000');
      if (part === 'delimiter') return Buffer.from('0001');
      const data = Buffer.from(`${part}\n`);
      return Buffer.concat([Buffer.from((data.length + LENGTH_DIGITS).toString(16).padStart(4, '0')), data]);
    }),
  );
}

/** The packets of a whole answer. Throws for what is none, and {@link PackTooLargeError} for too many. */
export function* readPackets(answer: Buffer): Generator<Packet> {
  let at = 0;
  for (let count = 1; at < answer.length; count += 1) {
    if (count > MOST) throw new PackTooLargeError(`more than ${MOST} packets`);
    const digits = answer.toString('latin1', at, at + LENGTH_DIGITS);
    const length = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : -1;
    if (length === 0 || length === 1 || length === 2) {
      at += LENGTH_DIGITS;
      yield { kind: length === 1 ? 'delimiter' : 'flush' };
      continue;
    }
    if (length < LENGTH_DIGITS || length > LONGEST || at + length > answer.length) {
      throw new TypeError('not a packet');
    }
    yield { kind: 'data', data: answer.subarray(at + LENGTH_DIGITS, at + length) };
    at += length;
  }
}

/** The text of a packet, without the end of its line. */
export function textOf(data: Buffer): string {
  return data.toString('utf8').replace(/\n$/, '');
}
