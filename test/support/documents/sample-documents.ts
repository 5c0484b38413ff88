import { strToU8, unzipSync, zipSync } from 'fflate';

/** Documents as small as they may be. */

function packageOf(files: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(files).map(([name, text]) => [name, strToU8(text)] as const);
  return Buffer.from(zipSync(Object.fromEntries(entries)));
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const OPEN = 'http://schemas.openxmlformats.org';
const TYPES = 'application/vnd.openxmlformats-officedocument';
const typesOf = (parts: Readonly<Record<string, string>>) =>
  `${XML}<Types xmlns="${OPEN}/package/2006/content-types"><Default Extension="rels" ` +
  'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ' +
  `ContentType="application/xml"/>${Object.entries(parts)
    .map(([part, type]) => `<Override PartName="/${part}" ContentType="${TYPES}.${type}+xml"/>`)
    .join('')}</Types>`;
const relationsOf = (...targets: readonly (readonly [string, string])[]) =>
  `${XML}<Relationships xmlns="${OPEN}/package/2006/relationships">${targets
    .map(
      ([type, target], index) =>
        `<Relationship Id="rId${index + 1}" Type="${OPEN}/officeDocument/2006/relationships/${type}" ` +
        `Target="${target}"/>`,
    )
    .join('')}</Relationships>`;

/** `extra`: what stands before the document's own element. */
export function docxOf(heading: string, paragraphs: readonly string[], extra = ''): Buffer {
  const run = (text: string) => `<w:r><w:t xml:space="preserve">${text}</w:t></w:r>`;
  const body = paragraphs.map((text) => `<w:p>${run(text)}</w:p>`).join('');
  return packageOf({
    '[Content_Types].xml': typesOf({ 'word/document.xml': 'wordprocessingml.document.main' }),
    '_rels/.rels': relationsOf(['officeDocument', 'word/document.xml']),
    'word/styles.xml':
      `${XML}<w:styles xmlns:w="${OPEN}/wordprocessingml/2006/main"><w:style w:type="paragraph" w:styleId="Heading1">` +
      '<w:name w:val="heading 1"/></w:style></w:styles>',
    'word/_rels/document.xml.rels': relationsOf(['styles', 'styles.xml']),
    'word/document.xml':
      `${XML}${extra}<w:document xmlns:w="${OPEN}/wordprocessingml/2006/main"><w:body>` +
      `<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr>${run(heading)}</w:p>${body}</w:body></w:document>`,
  });
}

export function pptxOf(text: string): Buffer {
  const spaces =
    `xmlns:a="${OPEN}/drawingml/2006/main" xmlns:p="${OPEN}/presentationml/2006/main" ` +
    `xmlns:r="${OPEN}/officeDocument/2006/relationships"`;
  return packageOf({
    '[Content_Types].xml': typesOf({
      'ppt/presentation.xml': 'presentationml.presentation.main',
      'ppt/slides/slide1.xml': 'presentationml.slide',
    }),
    '_rels/.rels': relationsOf(['officeDocument', 'ppt/presentation.xml']),
    'ppt/_rels/presentation.xml.rels': relationsOf(['slide', 'slides/slide1.xml']),
    'ppt/presentation.xml':
      `${XML}<p:presentation ${spaces}><p:sldIdLst><p:sldId id="256" r:id="rId1"/>` + '</p:sldIdLst></p:presentation>',
    'ppt/slides/slide1.xml':
      `${XML}<p:sld ${spaces}><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:txBody>` +
      '</p:sp></p:spTree></p:cSld></p:sld>',
  });
}

export function xlsxOf(rows: readonly (readonly string[])[]): Buffer {
  const cell = (text: string, row: number, column: number) =>
    `<c r="${String.fromCodePoint(65 + column)}${row + 1}" t="inlineStr"><is><t>${text}</t></is></c>`;
  const data = rows.map(
    (row, at) => `<row r="${at + 1}">${row.map((text, column) => cell(text, at, column)).join('')}</row>`,
  );
  return packageOf({
    '[Content_Types].xml': typesOf({
      'xl/workbook.xml': 'spreadsheetml.sheet.main',
      'xl/worksheets/sheet1.xml': 'spreadsheetml.worksheet',
    }),
    '_rels/.rels': relationsOf(['officeDocument', 'xl/workbook.xml']),
    'xl/_rels/workbook.xml.rels': relationsOf(['worksheet', 'worksheets/sheet1.xml']),
    'xl/workbook.xml':
      `${XML}<workbook xmlns="${OPEN}/spreadsheetml/2006/main" xmlns:r="${OPEN}/officeDocument/2006/relationships">` +
      '<sheets><sheet name="Costs" sheetId="1" r:id="rId1"/></sheets></workbook>',
    'xl/worksheets/sheet1.xml':
      `${XML}<worksheet xmlns="${OPEN}/spreadsheetml/2006/main"><sheetData>${data.join('')}` +
      '</sheetData></worksheet>',
  });
}

export function odtOf(text: string): Buffer {
  const space = 'urn:oasis:names:tc:opendocument:xmlns';
  const mime = 'application/vnd.oasis.opendocument.text';
  const files: Record<string, Uint8Array | [Uint8Array, { level: 0 }]> = {
    // First and not packed, which is what it is told by.
    mimetype: [strToU8(mime), { level: 0 }],
    'content.xml': strToU8(
      `${XML}<office:document-content xmlns:office="${space}:office:1.0" xmlns:text="${space}:text:1.0"><office:body>` +
        `<office:text><text:p>${text}</text:p></office:text></office:body></office:document-content>`,
    ),
    'META-INF/manifest.xml': strToU8(
      `${XML}<manifest:manifest xmlns:manifest="${space}:manifest:1.0"><manifest:file-entry manifest:full-path="/" ` +
        `manifest:media-type="${mime}"/></manifest:manifest>`,
    ),
  };
  return Buffer.from(zipSync(files));
}

export const rtfOf = (text: string) => Buffer.from(`{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\f0 ${text}\\par}`);

/** One page for each list of lines; a page without lines is blank. */
export function pdfOf(pages: readonly (readonly string[])[], title = ''): Buffer {
  const objects: string[] = [];
  const add = (body: string) => objects.push(body);
  const escaped = (text: string) => text.replaceAll(/[\\()]/g, String.raw`\$&`);
  const kids = pages.map((_, index) => `${4 + index * 2} 0 R`).join(' ');
  add('<< /Type /Catalog /Pages 2 0 R >>');
  add(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`);
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>');
  for (const [index, lines] of pages.entries()) {
    const shown = lines.map((line) => `(${escaped(line)}) Tj T*`).join('\n');
    const content = `BT /F1 10 Tf 12 TL 50 780 Td\n${shown}\nET`;
    add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${5 + index * 2} 0 R ` +
        '/Resources << /Font << /F1 3 0 R >> >> >>',
    );
    add(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
  }
  add(`<< /Title (${escaped(title)}) >>`);
  let text = '%PDF-1.4\n';
  const places: number[] = [];
  for (const [index, body] of objects.entries()) {
    places.push(text.length);
    text += `${index + 1} 0 obj\n${body}\nendobj\n`;
  }
  const table = places.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const trailer = `trailer\n<< /Size ${size} /Root 1 0 R /Info ${objects.length} 0 R >>`;
  const end = `startxref\n${text.length}\n%%EOF`;
  return Buffer.from(`${text}xref\n0 ${size}\n0000000000 65535 f \n${table}${trailer}\n${end}`, 'latin1');
}

/**
 * A document whose text is so many megabytes of blanks when it is unpacked. `lying`: the package says that they are few
 * bytes.
 */
export function bombOf(megabytes: number, { lying = false } = {}): Buffer {
  const bytes = megabytes * 1_048_576;
  const files = { ...unzipSync(docxOf('Bomb', [])), 'word/document.xml': new Uint8Array(bytes).fill(32) };
  const packed = Buffer.from(zipSync(files, { level: 1 }));
  if (lying) {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes);
    for (let at = packed.indexOf(size); at >= 0; at = packed.indexOf(size, at + 4)) packed.writeUInt32LE(1_000, at);
  }
  return packed;
}

/** Entities of entities: three gigabytes of laughter, for who has it. */
export const LAUGHS = `<!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from(
  { length: 9 },
  (_, level) => `<!ENTITY lol${level + 1} "${`&lol${level || ''};`.repeat(10)}">`,
).join('')}]>`;
