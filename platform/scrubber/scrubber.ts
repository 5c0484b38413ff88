import { SECRET_SHAPES, type SecretShape } from './secret-shapes.ts';

const REDACTED = '[REDACTED]';

/** Shorter ones would blank out ordinary words; a secret of that size is no secret. */
const MIN_LITERAL_BYTES = 4;
/** Longer secrets are matched piece by piece, so that what is held back stays bounded. */
const MAX_LITERAL_BYTES = 4_096;
const MAX_BODY_BYTES = 4_096;

export interface ScrubbedPiece {
  /** Scrubbed bytes. Cut between characters where the input is UTF-8. */
  data: Buffer;
  /** Input bytes that this piece stands for; the rest is held back until it is decided. */
  consumedBytes: number;
  /** Secrets that were replaced in it. */
  redactions: number;
}

/**
 * Replaces secrets in a stream by `[REDACTED]`. The output does not depend on how the input is cut into chunks. At
 * most ~8 KB is held back, and only what may still turn out to be a secret; everything else leaves at once.
 *
 * The sums of `consumedBytes` are the offsets a new scrubber can go on from after a crash: nothing that came before
 * one is needed to recognise a secret after it. (A cut inside a word may then redact more, never less.)
 */
export interface Scrubber {
  push(chunk: Uint8Array): ScrubbedPiece;
  /** The end of the input: releases what was held back. What is pushed from then on is another input. */
  flush(): ScrubbedPiece;
}

interface CompiledShape extends SecretShape {
  run: RegExp;
}

/** One byte, one UTF-16 unit: lets regular expressions work on bytes, whatever encoding they hold. */
function toByteString(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Below it what base64 keeps of a secret is too little to tell from other text. */
const MIN_ENCODED_BYTES = 6;

/**
 * What is in every base64 text of something that has the bytes in it: they begin at one of three places in a group of
 * characters, and the characters at their ends are shared with what is around them.
 */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const whole = encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
    return [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function base32(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(held >> (bits - 5)) & 31];
  }
  return bits === 0 ? text : text + BASE32[(held << (5 - bits)) & 31];
}

/** The same of base32, whose groups are of five bytes. */
function base32Forms(bytes: Buffer): string[] {
  return [0, 1, 2, 3, 4].flatMap((shift) => {
    const encoded = base32(Buffer.concat([Buffer.alloc(shift), bytes]));
    const whole = encoded.slice(Math.ceil((shift * 8) / 5), Math.floor(((shift + bytes.length) * 8) / 5));
    return [whole, whole.toLowerCase()];
  });
}

/**
 * A secret as programs write it: as it is, in JSON, in a URL, in hexadecimal, inside base64. `isThorough`: also as
 * somebody writes it who would get it past us: backwards, inside base32.
 */
function literalForms(secret: string, isThorough: boolean): string[] {
  const raw = Buffer.from(secret, 'utf8');
  const isEncoded = raw.length >= MIN_ENCODED_BYTES && raw.length <= MAX_LITERAL_BYTES;
  const encoded = isEncoded ? base64Forms(raw) : [];
  const disguised = isEncoded && isThorough ? [...base32Forms(raw), Array.from(secret).reverse().join('')] : [];
  const hex = isEncoded ? raw.toString('hex') : '';
  const forms = new Set([
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    ...disguised,
    hex,
    hex.toUpperCase(),
    ...encoded,
  ]);
  const pieces: string[] = [];
  for (const form of forms) {
    const bytes = toByteString(Buffer.from(form, 'utf8'));
    if (bytes.length < MIN_LITERAL_BYTES) continue;
    for (let start = 0; start < bytes.length; start += MAX_LITERAL_BYTES) {
      const piece = bytes.slice(start, start + MAX_LITERAL_BYTES);
      if (piece.length >= MIN_LITERAL_BYTES) pieces.push(piece);
    }
  }
  return pieces;
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

// Letters and digits, but for those that end an escape sequence before a key: a colour's `m`, and the `n`, `r` and `t`
// of newlines and tabs quoted in JSON.
const INSIDE_WORD = /[A-Za-lo-qsu-z0-9]/;

/** Where the last, incomplete UTF-8 character of the text starts; its length when it is complete or not UTF-8. */
function completeCharactersEnd(text: string): number {
  for (let back = 1; back <= Math.min(3, text.length); back += 1) {
    const byte = text.charCodeAt(text.length - back);
    if (byte < 0x80) return text.length;
    if (byte >= 0xc0) {
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return size > back ? text.length - back : text.length;
    }
  }
  return text.length;
}

/** `mark` stands for what is left out. `isThorough` looks for more spellings, and so holds more back. */
export function createScrubber(options: { secrets: readonly string[]; mark?: string; isThorough?: boolean }): Scrubber {
  const { mark = REDACTED, isThorough = false } = options;
  // Longest first: of two secrets that start alike, the longer one must not leave its tail.
  const literals = [...new Set(options.secrets.flatMap((secret) => literalForms(secret, isThorough)))].sort(
    (a, b) => b.length - a.length,
  );
  const shapes: CompiledShape[] = SECRET_SHAPES.map((shape) => ({
    ...shape,
    run: new RegExp(`[${shape.body}]{0,${MAX_BODY_BYTES}}`, 'y'),
  }));
  // Of many forms few begin with the same character, so most are not even compared.
  const literalsFrom = Map.groupBy(literals, (literal) => literal.charAt(0));
  const starts = [...literals, ...shapes.map((shape) => shape.prefix)];
  const anchor = new RegExp(starts.map(escapeForRegExp).join('|'), 'g');

  let held = '';
  // The byte before `held`.
  let before = '';
  // Set while the tail of an over-long secret is being dropped.
  let swallow: RegExp | undefined;

  /** The first position from which all that is left may be the beginning of a secret's fixed part. */
  function firstOpenEnd(text: string, from: number): number {
    let first = text.length;
    for (const start of starts) {
      let at = Math.max(from, text.length - start.length + 1);
      while (at < first) {
        at = text.indexOf(start.charAt(0), at);
        if (at === -1 || at >= first) break;
        if (start.startsWith(text.slice(at))) {
          first = at;
          break;
        }
        at += 1;
      }
    }
    return first;
  }

  /** End of the secret at `at`, or `none`, or `open` when more input could change the answer. */
  function secretAt(text: string, at: number, last: boolean): { end: number; swallow?: RegExp } | 'none' | 'open' {
    for (const literal of literalsFrom.get(text.charAt(at)) ?? []) {
      if (text.startsWith(literal, at)) return { end: at + literal.length };
      if (!last && text.length - at < literal.length && literal.startsWith(text.slice(at))) return 'open';
    }
    const previous = at === 0 ? before : text.charAt(at - 1);
    for (const shape of shapes) {
      if (shape.wordStart && INSIDE_WORD.test(previous)) continue;
      if (!text.startsWith(shape.prefix, at)) {
        if (!last && text.length - at < shape.prefix.length && shape.prefix.startsWith(text.slice(at))) return 'open';
        continue;
      }
      const bodyAt = at + shape.prefix.length;
      shape.run.lastIndex = bodyAt;
      const length = shape.run.exec(text)?.[0].length ?? 0;
      if (length === MAX_BODY_BYTES) return { end: bodyAt + length, swallow: shape.run };
      if (!last && bodyAt + length === text.length) return 'open';
      if (length >= shape.minBody) return { end: bodyAt + length };
    }
    return 'none';
  }

  function scan(text: string, last: boolean): { output: string; end: number; redactions: number } {
    let output = '';
    let at = 0;
    let redactions = 0;
    const dropTail = () => {
      while (swallow !== undefined && at < text.length) {
        swallow.lastIndex = at;
        const length = swallow.exec(text)?.[0].length ?? 0;
        at += length;
        if (length < MAX_BODY_BYTES && at < text.length) swallow = undefined;
      }
    };
    dropTail();
    let openEnd = last ? text.length : firstOpenEnd(text, at);
    let searchFrom = at;
    while (searchFrom < text.length) {
      anchor.lastIndex = searchFrom;
      const found = anchor.exec(text)?.index ?? text.length;
      const candidate = Math.min(found, openEnd);
      if (candidate === text.length) break;
      const secret = secretAt(text, candidate, last);
      if (secret === 'open') {
        return { output: output + text.slice(at, candidate), end: candidate, redactions };
      }
      if (secret === 'none') {
        searchFrom = candidate + 1;
      } else {
        output += text.slice(at, candidate) + mark;
        redactions += 1;
        at = secret.end;
        swallow = secret.swallow;
        dropTail();
        searchFrom = at;
      }
      if (!last && openEnd < searchFrom) openEnd = firstOpenEnd(text, searchFrom);
    }
    return { output: output + text.slice(at), end: text.length, redactions };
  }

  function advance(chunk: Uint8Array, last: boolean): ScrubbedPiece {
    const text = held + toByteString(chunk);
    const { redactions, ...scanned } = scan(text, last);
    let { output, end } = scanned;
    if (!last) {
      // Only bytes copied from the input can be cut inside a character: the mark that replaces a secret is ASCII.
      const whole = completeCharactersEnd(output);
      end -= output.length - whole;
      output = output.slice(0, whole);
    }
    if (end > 0) before = text.charAt(end - 1);
    held = text.slice(end);
    return { data: Buffer.from(output, 'latin1'), consumedBytes: end, redactions };
  }

  return {
    push: (chunk) => advance(chunk, false),
    flush: () => {
      const piece = advance(new Uint8Array(0), true);
      swallow = undefined;
      before = '';
      return piece;
    },
  };
}

/** Deeper than anything that is read; what nests further is not looked into, and not kept. */
const MAX_DEPTH = 64;

/** Every text of a JSON value scrubbed, names of members too. What nests deeper than 64 levels is left out as null. */
export function scrubJson<Value>(value: Value, secrets: readonly string[]): Value {
  const text = textScrubber(secrets);
  const scrub = (part: unknown, depth: number): unknown => {
    if (typeof part === 'string') return text(part);
    if (typeof part !== 'object' || part === null) return part;
    if (depth === MAX_DEPTH) return null;
    if (Array.isArray(part)) return part.map((element) => scrub(element, depth + 1));
    return Object.fromEntries(Object.entries(part).map(([name, member]) => [text(name), scrub(member, depth + 1)]));
  };
  return scrub(value, 0) as Value;
}

/** A whole text scrubbed at once, for summaries and messages. */
export function scrubText(text: string, secrets: readonly string[]): string {
  return textScrubber(secrets)(text);
}

function textScrubber(secrets: readonly string[]): (text: string) => string {
  const scrubber = createScrubber({ secrets });
  return (text) => {
    const head = scrubber.push(Buffer.from(text, 'utf8'));
    return Buffer.concat([head.data, scrubber.flush().data]).toString('utf8');
  };
}
