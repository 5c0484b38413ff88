export const MAX_ATTACHMENT_BYTES = 26_214_400;
/** Of one issue. */
export const MAX_ATTACHMENTS = 100;
/** As much of a file says what it is. */
export const ATTACHMENT_HEAD_BYTES = 512;
const MAX_NAME_CHARACTERS = 255;

/** A file that somebody attached to an issue: docs/contracts/issues.md, Attachments. */
export interface IssueAttachment {
  readonly id: string;
  readonly workspace_id: string;
  readonly owner_type: 'issue';
  /** The issue. */
  readonly owner_id: string;
  readonly filename: string;
  readonly content_type: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly uploaded_by_type: 'user';
  readonly uploaded_by_id: string | null;
  readonly uploaded_by_name: string | null;
  readonly created_at: string;
}

const PLAIN = 'text/plain; charset=utf-8';
/** How contents of the type begin, in Latin-1; of texts nothing but that they are text. */
const TYPES: Readonly<Record<string, { readonly mime: string; readonly heads?: readonly string[] }>> = {
  txt: { mime: PLAIN },
  log: { mime: PLAIN },
  diff: { mime: PLAIN },
  patch: { mime: PLAIN },
  yaml: { mime: PLAIN },
  yml: { mime: PLAIN },
  toml: { mime: PLAIN },
  md: { mime: 'text/markdown; charset=utf-8' },
  csv: { mime: 'text/csv; charset=utf-8' },
  tsv: { mime: 'text/tab-separated-values; charset=utf-8' },
  json: { mime: 'application/json' },
  jsonl: { mime: PLAIN },
  png: { mime: 'image/png', heads: ['\x89PNG\r\n\x1a\n'] },
  jpg: { mime: 'image/jpeg', heads: ['\xff\xd8\xff'] },
  jpeg: { mime: 'image/jpeg', heads: ['\xff\xd8\xff'] },
  gif: { mime: 'image/gif', heads: ['GIF87a', 'GIF89a'] },
  webp: { mime: 'image/webp', heads: ['RIFF'] },
  pdf: { mime: 'application/pdf', heads: ['%PDF-'] },
  zip: { mime: 'application/zip', heads: ['PK\x03\x04', 'PK\x05\x06'] },
};
export const ATTACHMENT_EXTENSIONS: readonly string[] = Object.keys(TYPES);

/** The last part of a name, as a file is saved under it: without what nobody sees; null: nothing is left. */
export function attachmentName(given: string): string | null {
  const name = given
    .slice(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1)
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .slice(-MAX_NAME_CHARACTERS)
    .toWellFormed();
  return name === '' || name === '.' || name === '..' ? null : name;
}

/** The media type of a file by its name, if its first bytes do not say otherwise; null: none that is taken. */
export function attachmentType(name: string, head: Uint8Array): string | null {
  const extension = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const type = Object.hasOwn(TYPES, extension) ? TYPES[extension] : undefined;
  if (type === undefined) return null;
  const start = String.fromCharCode(...head.subarray(0, ATTACHMENT_HEAD_BYTES));
  const isIt = type.heads === undefined ? !start.includes('\0') : type.heads.some((known) => start.startsWith(known));
  return isIt ? type.mime : null;
}
