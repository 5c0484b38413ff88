export interface FormFile {
  readonly filename: string;
  readonly content: Buffer;
}

/** A multipart request of these fields and files, all of them named `file`. */
export function uploadForm(fields: Readonly<Record<string, string>>, files: readonly FormFile[]) {
  const head = (name: string, more = '') => `--edge\r\ncontent-disposition: form-data; name="${name}"${more}\r\n`;
  const pieces = [
    ...Object.entries(fields).flatMap(([name, value]) => [head(name), '\r\n', value, '\r\n']),
    ...files.flatMap(({ filename, content }) => [
      head('file', `; filename="${filename}"`),
      'content-type: application/octet-stream\r\n\r\n',
      content,
      '\r\n',
    ]),
    '--edge--\r\n',
  ];
  const payload = Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
  return { headers: { 'content-type': 'multipart/form-data; boundary=edge' }, payload };
}
