const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;

/** Of the text of one member's value. Longer ones are left out. */
const VALUE_BYTES = 16_384;
const KEY_BYTES = 64;
/** A string that is this long without a space or an escape is no text: an image, a document, an embedding. */
const OPAQUE_BYTES = 2_048;

export interface JsonMembers {
  /** More of the document, in order. */
  push(bytes: Uint8Array): void;
  /** The value of a wanted member of the outermost object; undefined when it is absent, long, or no JSON. */
  value(name: string): unknown;
  /** Bytes of the document, as far as it came, without its opaque strings, and how many of these there were. */
  readonly textBytes: number;
  readonly opaqueStrings: number;
}

/** Where a byte comes next, from positions that only grow; the length where it comes no more. */
function seeker(bytes: Uint8Array, byte: number): (from: number) => number {
  let known = -1;
  return (from) => {
    if (known < from) {
      known = bytes.indexOf(byte, from);
      if (known === -1) known = bytes.length;
    }
    return known;
  };
}

/**
 * Reads a few members of the outermost object of a JSON document of any size as it passes, and keeps nothing else of
 * it. It does not judge the document: of one that is no JSON it finds what it finds.
 */
export function createJsonMembers(wanted: readonly string[]): JsonMembers {
  const found = new Map<string, Uint8Array>();
  const names = new Set(wanted);
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  /** Whether the next string of depth 1 is a member's name. */
  let expectsName = false;
  let name: number[] | null = null;
  let current: string | null = null;
  let value: number[] | null = null;
  let stringBytes = 0;
  let isPlain = true;
  let textBytes = 0;
  let opaqueStrings = 0;

  function endValue(): void {
    if (current !== null && value !== null) found.set(current, Uint8Array.from(value));
    current = null;
    value = null;
  }

  const isOpaque = () => isPlain && stringBytes >= OPAQUE_BYTES;

  function endString(): void {
    inString = false;
    if (isOpaque()) opaqueStrings += 1;
    else textBytes += stringBytes;
    if (name !== null) {
      const text = String.fromCharCode(...name);
      current = names.has(text) ? text : null;
      name = null;
      expectsName = false;
    }
  }

  function step(byte: number): void {
    if (inString) {
      if (isEscaped) isEscaped = false;
      else if (byte === BACKSLASH) {
        isEscaped = true;
        isPlain = false;
      } else if (byte === QUOTE) return endString();
      else if (byte === SPACE) isPlain = false;
      stringBytes += 1;
      if (name !== null && name.length < KEY_BYTES) name.push(byte);
      return;
    }
    textBytes += 1;
    switch (byte) {
      case QUOTE:
        inString = true;
        stringBytes = 0;
        isPlain = true;
        if (depth === 1 && expectsName) name = [];
        return;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth += 1;
        if (depth === 1) expectsName = byte === OPEN_BRACE;
        return;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth -= 1;
        return;
      case COMMA:
        if (depth === 1) expectsName = true;
        return;
      default:
    }
  }

  function take(byte: number): void {
    const wasInside = inString || depth > 1;
    if (!wasInside && depth === 1 && (byte === COMMA || byte === CLOSE_BRACE)) endValue();
    if (value !== null && current !== null) {
      if (value.length < VALUE_BYTES) value.push(byte);
      else current = null;
    } else if (current !== null && byte === COLON && !wasInside) value = [];
    step(byte);
  }

  return {
    push(bytes) {
      const quote = seeker(bytes, QUOTE);
      const backslash = seeker(bytes, BACKSLASH);
      const space = seeker(bytes, SPACE);
      for (let at = 0; at < bytes.length; at += 1) {
        // Most of a document is inside of strings that nobody wants: they are passed over at the speed of a search.
        if (inString && !isEscaped && name === null && value === null) {
          const end = Math.min(quote(at), backslash(at));
          if (isPlain && space(at) < end) isPlain = false;
          stringBytes += end - at;
          at = end;
          if (at === bytes.length) return;
        }
        take(bytes[at]!);
      }
    },
    value(member) {
      const bytes = found.get(member);
      if (bytes === undefined) return undefined;
      try {
        return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
      } catch {
        return undefined;
      }
    },
    get textBytes() {
      return textBytes + (inString && !isOpaque() ? stringBytes : 0);
    },
    get opaqueStrings() {
      return opaqueStrings + (inString && isOpaque() ? 1 : 0);
    },
  };
}
