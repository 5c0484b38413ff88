import { unzipSync } from 'fflate';
import { parseHTML } from 'linkedom';
import mammoth from 'mammoth';
import { OfficeParser } from 'officeparser';
import { getDocumentProxy } from 'unpdf';
import {
  type DocumentFormat,
  type DocumentRefusal,
  MAX_DOCUMENT_CHARACTERS,
  MAX_DOCUMENT_PAGES,
} from '../../domain/knowledge/files/document-format.ts';
import { blockText, type PageNode } from '../web-pages/block-text.ts';
import { withBody } from '../web-pages/with-body.ts';
import { encodingOf } from './sniff-document.ts';

/** What packages of a document come to, unpacked. A text of the longest kind is a tenth of it. */
const UNPACKED_BYTES = 200 * 1_048_576;
const UNPACKED_FILES = 10_000;
/** One more than is taken, so that what is longer is told. */
const READ_CHARACTERS = MAX_DOCUMENT_CHARACTERS + 1;

export interface DocumentText {
  readonly format: DocumentFormat;
  /** As it says of itself; empty where it does not. */
  readonly title: string;
  readonly text: string;
}

/** Nothing is made of a document, for a reason that people may read. */
export class DocumentError extends Error {
  readonly reason: DocumentRefusal;

  constructor(reason: DocumentRefusal, options: { cause?: unknown } = {}) {
    super(reason, options);
    this.name = 'DocumentError';
    this.reason = reason;
  }
}

/**
 * What a document says, its headings, lists and tables told apart as Markdown does where its format has them. Throws
 * `DocumentError`. Whoever calls it sets it limits of time and memory, as what it reads may be made to take both.
 */
export async function documentText(bytes: Uint8Array, format: DocumentFormat): Promise<DocumentText> {
  const read = await READERS[format](bytes).catch((error: unknown) => {
    throw error instanceof DocumentError ? error : new DocumentError('damaged', { cause: error });
  });
  // As the database keeps it.
  const text = read.text.toWellFormed().replaceAll('\0', '').replaceAll(/\r\n?/g, '\n').trim();
  if (text === '') throw new DocumentError('no_text');
  if (text.length > MAX_DOCUMENT_CHARACTERS) throw new DocumentError('too_long');
  return { format: read.format ?? format, title: (read.title ?? '').toWellFormed().replaceAll('\0', '').trim(), text };
}

interface Read {
  readonly text: string;
  readonly title?: string;
  /** Another than was thought. */
  readonly format?: DocumentFormat;
}

const READERS: Readonly<Record<DocumentFormat, (bytes: Uint8Array) => Promise<Read>>> = {
  pdf: readPdf,
  docx: readDocx,
  pptx: readOffice,
  xlsx: readOffice,
  odt: readOffice,
  rtf: readOffice,
  async html(bytes) {
    return readHtml(decode(bytes));
  },
  async json(bytes) {
    const text = decode(bytes);
    return isJson(text) ? { text } : { text, format: 'text' };
  },
  markdown: readPlain,
  text: readPlain,
  csv: readPlain,
};

async function readPlain(bytes: Uint8Array): Promise<Read> {
  return { text: decode(bytes) };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function readHtml(html: string): Read {
  const { document } = parseHTML(withBody(html));
  const title = (document.querySelector('title')?.textContent ?? '') as string;
  return { title, text: blockText(document.body as unknown as PageNode, READ_CHARACTERS) };
}

async function readPdf(bytes: Uint8Array): Promise<Read> {
  const pdf = await getDocumentProxy(bytes, { useSystemFonts: false, verbosity: 0 }).catch((error: unknown) => {
    const isLocked = error instanceof Error && error.name === 'PasswordException';
    throw new DocumentError(isLocked ? 'encrypted' : 'damaged', { cause: error });
  });
  if (pdf.numPages > MAX_DOCUMENT_PAGES) throw new DocumentError('too_many_pages');
  const pages: string[] = [];
  let length = 0;
  for (let number = 1; number <= pdf.numPages && length < READ_CHARACTERS; number += 1) {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    const text = items.map((item) => ('str' in item ? `${item.str}${item.hasEOL ? '\n' : ''}` : '')).join('');
    page.cleanup();
    pages.push(text);
    length += text.length;
  }
  const { info } = await pdf.getMetadata().catch(() => ({ info: {} }));
  const { Title: title } = info as { Title?: unknown };
  return { title: typeof title === 'string' ? title : '', text: pages.join('\n\n') };
}

async function readDocx(bytes: Uint8Array): Promise<Read> {
  refuseBomb(bytes);
  const none = mammoth.images.imgElement(() => Promise.resolve({ src: '' }));
  const { value } = await mammoth.convertToHtml(
    { buffer: Buffer.from(bytes) },
    { convertImage: none, externalFileAccess: false },
  );
  return readHtml(value);
}

async function readOffice(bytes: Uint8Array): Promise<Read> {
  if (bytes[0] === 0x50) refuseBomb(bytes);
  const ast = await OfficeParser.parseOffice(Buffer.from(bytes), {
    extractAttachments: false,
    ocr: false,
    decompressionLimits: { maxUncompressedBytes: UNPACKED_BYTES, maxZipEntries: UNPACKED_FILES },
  });
  return { title: ast.metadata.title ?? '', text: (await ast.to('md')).value };
}

/** A package is judged by what it says of itself before it is unpacked; one that lies meets the limits of memory. */
function refuseBomb(bytes: Uint8Array): void {
  let unpacked = 0;
  let files = 0;
  unzipSync(bytes, {
    filter({ originalSize }) {
      unpacked += originalSize;
      files += 1;
      return false;
    },
  });
  if (unpacked > UNPACKED_BYTES || files > UNPACKED_FILES) throw new DocumentError('too_large_unpacked');
}
