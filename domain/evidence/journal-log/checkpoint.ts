/** A log's state as a signed note says it: C2SP tlog-checkpoint. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
  readonly signatures: readonly NoteSignature[];
  /** What was signed. */
  readonly text: string;
}

export interface NoteSignature {
  readonly name: string;
  /** Base64 of four bytes of the key's id and the signature. */
  readonly base64: string;
}

/** The log of a stream, and the name of the keys that sign for it. */
export const originOf = (stream: string): string => `crewship/journal/${stream}`;

export const checkpointText = (origin: string, size: number, root: string): string => `${origin}\n${size}\n${root}\n`;

export function signedNote(text: string, { name, base64 }: NoteSignature): string {
  return `${text}\n— ${name} ${base64}\n`;
}

const BASE64 = '[A-Za-z0-9+/]{4,}={0,2}';
const BODY = new RegExp(`^([^\\n ]{1,200})\\n(0|[1-9]\\d{0,15})\\n(${BASE64})\\n`);
const SIGNATURE = new RegExp(`^— ([^\\s+]{1,200}) (${BASE64})$`);

/** Null: it is no checkpoint. Lines of a kind that is not known are signed with the rest, and mean nothing. */
export function parseCheckpoint(note: string): Checkpoint | null {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || note.length > 4_096 || !note.endsWith('\n')) return null;
  const text = note.slice(0, end + 1);
  const body = BODY.exec(text);
  if (body === null) return null;
  const signatures = note
    .slice(end + 2, -1)
    .split('\n')
    .flatMap((line) => {
      const found = SIGNATURE.exec(line);
      return found === null ? [] : { name: found[1]!, base64: found[2]! };
    });
  const [, origin, size, root] = body;
  return { origin: origin!, size: Number(size), root: root!, signatures, text };
}
