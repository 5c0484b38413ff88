export interface SplitLine {
  /** Where it starts in the whole input, in bytes. */
  readonly offset: number;
  /** Without its newline; null for a line beyond the limit. */
  readonly text: string | null;
}

const NEWLINE = 0x0a;
const USUAL_BYTES = 16_384;

/**
 * Cuts a stream of bytes into lines, however it is chunked. Lines are decoded whole, so a character split over two
 * chunks is no matter; bytes that are not UTF-8 become U+FFFD. At most twice `limitBytes` are held. A last line without
 * its newline is never a line.
 */
export function createLineSplitter(limitBytes: number): { push(chunk: Uint8Array): SplitLine[] } {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let held = new Uint8Array(USUAL_BYTES);
  let heldBytes = 0;
  let tooLong = false;
  let lineStart = 0;
  let consumed = 0;

  function hold(part: Uint8Array): void {
    if (tooLong) return;
    const size = heldBytes + part.length;
    if (size > limitBytes) {
      tooLong = true;
      held = new Uint8Array(USUAL_BYTES);
      return;
    }
    if (size > held.length) {
      // Doubling keeps the copying in proportion to the line, however small the chunks are.
      const larger = new Uint8Array(Math.max(size, 2 * held.length));
      larger.set(held.subarray(0, heldBytes));
      held = larger;
    }
    held.set(part, heldBytes);
    heldBytes = size;
  }

  function takeLine(): string | null {
    const text = tooLong ? null : decoder.decode(held.subarray(0, heldBytes));
    if (held.length > USUAL_BYTES) held = new Uint8Array(USUAL_BYTES);
    heldBytes = 0;
    tooLong = false;
    return text;
  }

  return {
    push(chunk) {
      const lines: SplitLine[] = [];
      let from = 0;
      for (;;) {
        const end = chunk.indexOf(NEWLINE, from);
        if (end === -1) break;
        hold(chunk.subarray(from, end));
        lines.push({ offset: lineStart, text: takeLine() });
        from = end + 1;
        lineStart = consumed + from;
      }
      hold(chunk.subarray(from));
      consumed += chunk.length;
      return lines;
    },
  };
}
