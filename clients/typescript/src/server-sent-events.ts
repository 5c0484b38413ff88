/** A block of a stream of server-sent events. */
export interface EventBlock {
  /** The id that the block sets; undefined: it sets none. */
  readonly id: string | undefined;
  readonly event: string;
  /** Undefined: the block is no event. */
  readonly data: string | undefined;
  /** Milliseconds to wait before connecting again, if the block says so. */
  readonly retryMs: number | undefined;
}

/** What a block may be at most: a stream that never ends one would take all memory. */
const MAX_BLOCK_CHARACTERS = 16_777_216;

/** The blocks of a stream, as they end. `read` gives the next bytes, undefined at the end. */
export async function* readEventBlocks(
  read: () => Promise<Uint8Array | undefined>,
): AsyncGenerator<EventBlock, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  let block: string[] = [];
  let size = 0;
  for (let bytes = await read(); bytes !== undefined; bytes = await read()) {
    rest += decoder.decode(bytes, { stream: true });
    // A line may end with CR LF, of which the second half is yet to come.
    const isOpen = rest.endsWith('\r');
    const lines = (isOpen ? rest.slice(0, -1) : rest).split(/\r\n|\n|\r/);
    rest = lines.pop()! + (isOpen ? '\r' : '');
    for (const line of lines) {
      if (line !== '') {
        block.push(line);
        size += line.length;
        continue;
      }
      if (block.length > 0) yield parseBlock(block);
      block = [];
      size = 0;
    }
    if (size + rest.length > MAX_BLOCK_CHARACTERS) throw new Error('an event is larger than a client takes');
  }
}

function parseBlock(lines: readonly string[]): EventBlock {
  let id: string | undefined;
  let event = 'message';
  let retryMs: number | undefined;
  const data: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id') id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) retryMs = Number(value);
  }
  return { id, event, data: data.length === 0 ? undefined : data.join('\n'), retryMs };
}
