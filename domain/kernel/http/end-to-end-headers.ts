type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Those of one connection (RFC 9110, section 7.6.1): never passed on. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The names that a `Connection` header says are of that connection alone, in lower case. */
export function namesInConnection(connection: string | string[] | undefined): string[] {
  return String(connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
}

/** The headers of a message that may go on to the next hop: all but those of this connection, and what `drop` names. */
export function endToEndHeaders(headers: Headers, drop: (name: string) => boolean): Record<string, string | string[]> {
  const named = new Set(namesInConnection(headers.connection));
  const passed: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_BY_HOP.has(name) || named.has(name) || drop(name)) continue;
    passed[name] = value;
  }
  return passed;
}
