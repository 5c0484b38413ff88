import { fileTypeFromBuffer } from 'file-type';
import type { DocumentFormat } from '../../domain/knowledge/files/document-format.ts';

/** As much of a content’s beginning as is looked at. */
export const SNIFFED_BYTES = 65_536;

const BY_MIME: Readonly<Record<string, DocumentFormat>> = {
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/rtf': 'rtf',
};
const ARCHIVE = 'application/zip';
/** What packages name that no other does, in the list of names at their end. */
const BY_NAME: readonly (readonly [string, DocumentFormat])[] = [
  ['word/document.xml', 'docx'],
  ['ppt/presentation.xml', 'pptx'],
  ['xl/workbook.xml', 'xlsx'],
];
const BY_EXTENSION: readonly (readonly [RegExp, DocumentFormat])[] = [
  [/\.(md|markdown)$/i, 'markdown'],
  [/\.(csv|tsv)$/i, 'csv'],
];
/** Controls that texts have; others are of no text. */
const TEXT_CONTROLS: ReadonlySet<string> = new Set(['\t', '\n', '\v', '\f', '\r', '\u001b', '\u0085']);
const HTML_BEGINNING = /^<(!doctype html|html|head|body)[\s>]/i;

/**
 * What a content is by its first bytes; its name only says which kind of text a text is. `archive`: its last ones tell.
 * Null: nothing that is taken in.
 */
export async function sniffHead(head: Uint8Array, filename: string): Promise<DocumentFormat | 'archive' | null> {
  const bytes = head.subarray(0, SNIFFED_BYTES);
  const { mime } = (await fileTypeFromBuffer(bytes)) ?? {};
  if (mime === ARCHIVE) return 'archive';
  const known = mime === undefined ? undefined : BY_MIME[mime];
  if (known !== undefined) return known;
  // Any other that is known is no text, but those whose bytes are one.
  if (mime !== undefined && !/^(text\/|application\/(xml|json))/.test(mime)) return null;
  const text = textOf(bytes);
  return text === null ? null : formatOfText(text, filename);
}

/** What an archive is, by the list of names at its end; null: nothing that is taken in. */
export function sniffArchive(tail: Uint8Array): DocumentFormat | null {
  const names = Buffer.from(tail).toString('latin1');
  return BY_NAME.find(([name]) => names.includes(name))?.[1] ?? null;
}

function formatOfText(text: string, filename: string): DocumentFormat {
  if (HTML_BEGINNING.test(withoutComments(text).slice(0, 32))) return 'html';
  if (/^\s*[{[]/.test(text) && /\.json$|^[^.]*$/i.test(filename)) return 'json';
  return BY_EXTENSION.find(([extension]) => extension.test(filename))?.[1] ?? 'text';
}

/** Without the blanks and comments that it begins with. Found by a loop: a pattern for them could take for ever. */
function withoutComments(text: string): string {
  let at = 0;
  for (;;) {
    while (at < text.length && text[at]!.trim() === '') at += 1;
    const end = text.startsWith('<!--', at) ? text.indexOf('-->', at + 4) : -1;
    if (end === -1) return text.slice(at);
    at = end + 3;
  }
}

/** Null for bytes that are no text of any encoding that is read. */
function textOf(bytes: Uint8Array): string | null {
  const encoding = encodingOf(bytes);
  const text = new TextDecoder(encoding).decode(bytes);
  const controls = text.match(/\p{Cc}/gu) ?? [];
  return controls.every((control) => TEXT_CONTROLS.has(control)) ? text : null;
}

/** By its mark, else UTF-8 where it is that, else what old programs of the West write. A cut at its end is no fault. */
export function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}
