/** The text is no JSON with comments; the message says where, when that is known. */
export class JsoncError extends Error {
  constructor(text: string, offset: number | null) {
    const before = offset === null ? [] : text.slice(0, offset).split('\n');
    const place = offset === null ? '' : ` at line ${before.length}, column ${before.at(-1)!.length + 1}`;
    super(`is not JSON (with comments)${place}`);
    this.name = 'JsoncError';
  }
}

/**
 * JSON as devcontainer files are written: with comments of both kinds and a comma after a last item. Everything else is
 * as strict as JSON.parse. Throws {@link JsoncError}.
 */
export function parseJsonc(text: string): unknown {
  const plain = blankExtras(text);
  try {
    return JSON.parse(plain) as unknown;
  } catch (error) {
    // V8 gives the place of some errors only.
    const position =
      error instanceof SyntaxError ? /at position (\d+)(?: \(.*\))?$/.exec(error.message)?.[1] : undefined;
    throw new JsoncError(text, position === undefined ? null : Number(position));
  }
}

/** Comments and trailing commas become blanks, so that what is left keeps its place in the text. */
function blankExtras(text: string): string {
  const pieces: string[] = [];
  let copiedTo = 0;
  const blank = (from: number, to: number) => {
    pieces.push(text.slice(copiedTo, from), text.slice(from, to).replace(/[^\n]/g, ' '));
    copiedTo = to;
  };
  // A comma waits for what follows it; one that follows nothing is an error and stays.
  let commaAt = -1;
  let previous = '';
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  if (at === 1) blank(0, 1);
  const blanks: [number, number][] = [];
  while (at < text.length) {
    const char = text[at]!;
    if (char === '"') {
      at = endOfString(text, at);
    } else if (char === '/' && text[at + 1] === '/') {
      const end = text.indexOf('\n', at);
      blanks.push([at, end < 0 ? text.length : end]);
      at = end < 0 ? text.length : end;
      continue;
    } else if (char === '/' && text[at + 1] === '*') {
      const end = text.indexOf('*/', at + 2);
      if (end < 0) throw new JsoncError(text, at);
      blanks.push([at, end + 2]);
      at = end + 2;
      continue;
    } else if (char === ' ' || char === '\t' || char === '\n' || char === '\r') {
      at += 1;
      continue;
    } else {
      if ((char === '}' || char === ']') && commaAt >= 0) blanks.push([commaAt, commaAt + 1]);
      at += 1;
    }
    commaAt = char === ',' && previous !== '' && !'[{,:'.includes(previous) ? at - 1 : -1;
    previous = char;
  }
  for (const [from, to] of blanks.sort((one, other) => one[0] - other[0])) blank(from, to);
  pieces.push(text.slice(copiedTo));
  return pieces.join('');
}

/** The offset behind the string that begins at `start`; the text's end when it is not closed. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
