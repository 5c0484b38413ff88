import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { MAX_DOCUMENT_PAGES } from '../../../domain/knowledge/files/document-format.ts';
import { createDocumentReader } from '../../../platform/documents/document-reader.ts';
import {
  bombOf,
  docxOf,
  LAUGHS,
  odtOf,
  pdfOf,
  pptxOf,
  rtfOf,
  xlsxOf,
} from '../../support/documents/sample-documents.ts';

const { signal } = new AbortController();
const read = (filename: string, bytes: Buffer, reader = createDocumentReader()) =>
  reader.read(Readable.from([bytes]), { filename, signal });

test('a document of each type is read for what it says, whatever it is called', async () => {
  const html = '<!doctype html><title>On soup</title><h1>Soup</h1><ul><li>salt</ul><script>alert(1)</script>';
  const utf16 = Buffer.from('\ufeffsüß', 'utf16le');
  const documents: readonly (readonly [string, Buffer, string, string])[] = [
    ['pdf', pdfOf([['Salt the water'], ['and wait']]), 'pdf', 'Salt the water\n\nand wait'],
    ['docx', docxOf('Soup', ['Salt the water', 'and wait']), 'docx', '# Soup\n\nSalt the water\n\nand wait'],
    ['pptx', pptxOf('Salt the water'), 'pptx', 'Salt the water'],
    [
      'xlsx',
      xlsxOf([
        ['what', 'grams'],
        ['salt', '12'],
      ]),
      'xlsx',
      '| salt | 12 |',
    ],
    ['odt', odtOf('Salt the water'), 'odt', 'Salt the water'],
    ['rtf', rtfOf('Salt the water'), 'rtf', 'Salt the water'],
    ['page', Buffer.from(html), 'html', '# Soup\n\n- salt'],
    ['soup.md', Buffer.from('# Soup\r\n'), 'markdown', '# Soup'],
    ['soup.csv', Buffer.from('what,grams\nsalt,12'), 'csv', 'what,grams\nsalt,12'],
    ['soup.json', Buffer.from('{"salt": 12}'), 'json', '{"salt": 12}'],
    ['broken.json', Buffer.from('{"salt": '), 'text', '{"salt":'],
    ['soup.txt', utf16, 'text', 'süß'],
    ['old.txt', Buffer.from([0x73, 0xfc, 0xdf]), 'text', 'süß'],
  ];
  for (const [filename, bytes, format, text] of documents) {
    const answer = await read(filename, bytes);
    expect(answer, filename).toMatchObject({ kind: 'read', format });
    expect((answer as { text: string }).text, filename).toContain(text);
  }
  expect(await read('page', Buffer.from(html))).toMatchObject({ title: 'On soup' });
});

async function refused(documents: readonly (readonly [string, Buffer, string])[], reader = createDocumentReader()) {
  for (const [filename, bytes, reason] of documents) {
    expect(await read(filename, bytes, reader), filename).toEqual({ kind: 'refused', reason });
  }
}

test('what can’t be read is refused by its reason', async () => {
  const blank = Array.from({ length: MAX_DOCUMENT_PAGES + 1 }, () => []);
  await refused([
    ['scan.pdf', pdfOf([[]]), 'no_text'],
    ['long.pdf', pdfOf(blank), 'too_many_pages'],
    ['long.txt', Buffer.alloc(5_000_000, 'word '), 'too_long'],
    ['cut.pdf', pdfOf([['Salt']]).subarray(0, 200), 'damaged'],
    ['laughs.docx', docxOf('Lol', ['&lol9;'], LAUGHS), 'damaged'],
    ['picture.txt', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'unsupported_type'],
  ]);
});

test('what unpacks to far more than it is takes nothing but its own process', async () => {
  await refused(
    [
      ['bomb.docx', bombOf(201), 'too_large_unpacked'],
      ['liar.docx', bombOf(250, { lying: true }), 'out_of_memory'],
      ['deep.json', Buffer.alloc(20_000_000, '['), 'out_of_memory'],
    ],
    createDocumentReader({ dataKib: 700_000 }),
  );
});

test('a document that takes too long is ended, and so is one that nobody wants any more', async () => {
  const deep = Buffer.from(`<!doctype html>${'<div>'.repeat(1_000_000)}`);
  expect(await read('deep.html', deep, createDocumentReader({ longestMs: 2_000 }))).toEqual({
    kind: 'refused',
    reason: 'out_of_time',
  });
  const unwanted = AbortSignal.timeout(1_000);
  const reading = createDocumentReader().read(Readable.from([deep]), { filename: 'deep.html', signal: unwanted });
  expect(await reading.catch((error: unknown) => error)).toBe(unwanted.reason);
});
