/** What is taken in, told apart by content. */
export const DOCUMENT_FORMATS = [
  ...(['pdf', 'docx', 'pptx', 'xlsx', 'odt', 'rtf', 'html', 'markdown', 'text', 'csv', 'json'] as const),
] as const;
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];

const OFFICE = 'application/vnd.openxmlformats-officedocument';
export const MIME_OF_FORMAT: Readonly<Record<DocumentFormat, string>> = {
  pdf: 'application/pdf',
  docx: `${OFFICE}.wordprocessingml.document`,
  pptx: `${OFFICE}.presentationml.presentation`,
  xlsx: `${OFFICE}.spreadsheetml.sheet`,
  odt: 'application/vnd.oasis.opendocument.text',
  rtf: 'application/rtf',
  html: 'text/html; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
};

export const MAX_DOCUMENT_BYTES = 50 * 1_048_576;
/** As much as one may say: a thousand pages and more. */
export const MAX_DOCUMENT_CHARACTERS = 4_000_000;
export const MAX_DOCUMENT_PAGES = 2_000;

/** Why nothing was made of a document, by what people read of it. */
export const REFUSALS = {
  unsupported_type: 'its content is of no type that is taken in',
  encrypted: 'it is encrypted',
  damaged: 'it is damaged, or not what it claims to be',
  no_text: 'it has no text; pictures of text are not read',
  too_many_pages: `it has more than ${MAX_DOCUMENT_PAGES} pages`,
  too_long: `its text has more than ${MAX_DOCUMENT_CHARACTERS} characters`,
  too_large_unpacked: 'it is many times larger unpacked than a document is',
  out_of_time: 'it took too long to read',
  out_of_memory: 'it took too much memory to read',
} as const;
export type DocumentRefusal = keyof typeof REFUSALS;
