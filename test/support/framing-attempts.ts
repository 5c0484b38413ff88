/** A request that is sent as the body of another, and says of its own body that it is longer than what there is. */
export function smuggledRequest(path: string, headers = ''): string {
  return `POST ${path} HTTP/1.1\r\nhost: provider\r\n${headers}content-length: 5000\r\n\r\n`;
}

const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

/** Ways to have a body read as the next request: what follows the head's first lines, and what comes after it. */
export const FRAMING_ATTEMPTS: Readonly<Record<string, (smuggled: string) => { head: string; body: string }>> = {
  'a chunked body': (smuggled) => ({ head: 'transfer-encoding: chunked\r\n', body: chunked(smuggled) }),
  'a body with its length': (smuggled) => ({ head: `content-length: ${smuggled.length}\r\n`, body: smuggled }),
  'a length that Connection names': (smuggled) => ({
    head: `content-length: ${smuggled.length}\r\nconnection: content-length\r\n`,
    body: smuggled,
  }),
  'an encoding that Connection names': (smuggled) => ({
    head: 'transfer-encoding: chunked\r\nconnection: close, Transfer-Encoding\r\n',
    body: chunked(smuggled),
  }),
  'a length and an encoding': (smuggled) => ({
    head: `content-length: 4\r\ntransfer-encoding: chunked\r\n`,
    body: chunked(smuggled),
  }),
  'two lengths': (smuggled) => ({
    head: `content-length: 0\r\ncontent-length: ${smuggled.length}\r\n`,
    body: smuggled,
  }),
  'a length that is a list': (smuggled) => ({ head: `content-length: 0, ${smuggled.length}\r\n`, body: smuggled }),
  'an encoding in two steps': (smuggled) => ({
    head: 'transfer-encoding: gzip, chunked\r\n',
    body: chunked(smuggled),
  }),
  'an encoding on a folded line': (smuggled) => ({
    head: 'transfer-encoding:\r\n chunked\r\n',
    body: chunked(smuggled),
  }),
  'an encoding with a blank before its colon': (smuggled) => ({
    head: 'transfer-encoding : chunked\r\n',
    body: chunked(smuggled),
  }),
  'lines that end with a bare LF': (smuggled) => ({
    head: `x-a: b\ncontent-length: ${smuggled.length}\r\n`,
    body: smuggled,
  }),
  'an expectation': (smuggled) => ({
    head: `expect: 100-continue\r\ncontent-length: ${smuggled.length}\r\n`,
    body: smuggled,
  }),
  'an upgrade': (smuggled) => ({
    head: `connection: upgrade, close\r\nupgrade: h2c\r\ncontent-length: ${smuggled.length}\r\n`,
    body: smuggled,
  }),
};
