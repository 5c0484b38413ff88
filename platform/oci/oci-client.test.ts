import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createOciClient, type OciClientOptions } from './oci-client.ts';
import { createOciDispatcher } from './oci-dispatcher.ts';
import { parseOciReference } from './oci-reference.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Seen {
  readonly path: string;
  readonly authorization: string | undefined;
}

/** A server on this machine that answers as it is told and keeps what it was asked. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    seen.push({ path: request.url!, authorization: request.headers.authorization });
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, seen, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const sha256 = (data: string) => `sha256:${createHash('sha256').update(data).digest('hex')}`;
const BLOB = 'the layer';
const LAYER = { mediaType: 'application/vnd.devcontainers.layer.v1+tar', digest: sha256(BLOB), size: BLOB.length };
const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { mediaType: 'application/vnd.devcontainers', digest: sha256('{}'), size: 2 },
  layers: [LAYER],
  annotations: { a: 'b' },
});
const REFERENCE = parseOciReference('ghcr.io/acme/thing:1')!;

const giveContent = (request: IncomingMessage, response: ServerResponse) =>
  void response.end(request.url!.includes('/blobs/') ? BLOB : MANIFEST);

const clientOf = (host: string, options: Partial<OciClientOptions> = {}) =>
  createOciClient({ mirrors: { 'ghcr.io': host }, timeoutMs: 5_000, ...options });
const call = { signal: new AbortController().signal };
const withPassword = (host: string) => ({
  ...call,
  credentials: new Map([[host, { username: 'us:er', password: 'pass' }]]),
});
const BASIC = `Basic ${Buffer.from('us:er:pass').toString('base64')}`;

test('references are read as the daemon reads them', () => {
  const digest = sha256('x');
  const parsed = (text: string) => {
    const reference = parseOciReference(text);
    return reference && [reference.registry, reference.repository, reference.tag, reference.digest];
  };
  expect(parsed('debian')).toEqual(['docker.io', 'library/debian', 'latest', null]);
  expect(parsed('acme/base:1')).toEqual(['docker.io', 'acme/base', '1', null]);
  expect(parsed('docker.io/debian')).toEqual(['docker.io', 'library/debian', 'latest', null]);
  expect(parsed('localhost:5000/a/b')).toEqual(['localhost:5000', 'a/b', 'latest', null]);
  expect(parsed(`ghcr.io/a/b:1@${digest}`)).toEqual(['ghcr.io', 'a/b', '1', digest]);
  expect(parsed(`ghcr.io/a/b@${digest}`)).toEqual(['ghcr.io', 'a/b', null, digest]);
  for (const text of [
    '',
    'A/b',
    'a//b',
    'a:b:c',
    'ghcr.io/../x',
    `a@${digest}x`,
    'a@b@c',
    'a b',
    '-a.io/b',
    'a.io:x/b',
  ]) {
    expect([text, parsed(text)]).toEqual([text, null]);
  }
});

test('a mirror is asked in the place of the registry, for what its name says and its digest proves', async () => {
  const registry = await serve(giveContent);
  const client = clientOf(registry.host);
  const { digest, manifest } = await client.readManifest(REFERENCE, call);
  expect({ digest, layers: manifest.layers, annotations: manifest.annotations }).toEqual({
    digest: sha256(MANIFEST),
    layers: [LAYER],
    annotations: { a: 'b' },
  });
  expect((await client.readBlob(REFERENCE, LAYER, call)).toString()).toBe(BLOB);
  const pinned = { ...REFERENCE, digest };
  expect((await client.readManifest(pinned, call)).digest).toBe(digest);
  expect(registry.seen.map(({ path }) => path)).toEqual([
    '/v2/acme/thing/manifests/1',
    `/v2/acme/thing/blobs/${LAYER.digest}`,
    `/v2/acme/thing/manifests/${digest}`,
  ]);
});

test('another content than the digest’s, a larger one, and none that is understood are refused', async () => {
  const registry = await serve(giveContent);
  const client = clientOf(registry.host, { limitBytes: 100 });
  const refused = (code: string, promise: Promise<unknown>) => expect(promise).rejects.toMatchObject({ code });
  await refused('wrong_digest', client.readManifest({ ...REFERENCE, digest: sha256('other') }, call));
  await refused('wrong_digest', client.readBlob(REFERENCE, { ...LAYER, digest: sha256('other') }, call));
  await refused('wrong_digest', client.readBlob(REFERENCE, { ...LAYER, size: BLOB.length + 1 }, call));
  await refused('too_large', client.readBlob(REFERENCE, { ...LAYER, size: 3 }, call));
  await refused('too_large', client.readBlob(REFERENCE, { ...LAYER, size: 101 }, call));
  for (const [status, code] of [
    [404, 'not_found'],
    [401, 'denied'],
    [403, 'denied'],
    [429, 'unavailable'],
    [500, 'unavailable'],
    [418, 'not_understood'],
  ] as const) {
    const other = await serve((_, response) => void response.writeHead(status).end('{}'));
    await refused(code, clientOf(other.host).readManifest(REFERENCE, call));
  }
  for (const text of [
    '',
    'x',
    '[]',
    '{}',
    '{"layers":[{}]}',
    MANIFEST.replace(LAYER.digest, 'sha256:x'),
    MANIFEST.replace('image.manifest', 'image.index'),
  ]) {
    const other = await serve((_, response) => void response.end(text));
    await refused('not_understood', clientOf(other.host).readManifest(REFERENCE, call));
  }
  await refused('unavailable', clientOf('127.0.0.1:1').readManifest(REFERENCE, call));
  const slow = await serve(() => undefined);
  await refused('unavailable', clientOf(slow.host, { timeoutMs: 100 }).readManifest(REFERENCE, call));
});

test('tokens are fetched once with the registry’s credentials, and basic authorization is answered', async () => {
  const registry = await serve((request, response) => {
    if (request.url!.startsWith('/token')) return void response.end(JSON.stringify({ token: 'to.ken' }));
    if (request.headers.authorization === 'Bearer to.ken') return giveContent(request, response);
    const realm = `http://${request.headers.host}/token`;
    const challenge = `Bearer realm="${realm}",service="reg",scope="repository:acme/thing:pull"`;
    response.writeHead(401, { 'www-authenticate': challenge }).end();
  });
  const client = clientOf(registry.host);
  await client.readManifest(REFERENCE, withPassword(registry.host));
  await client.readBlob(REFERENCE, LAYER, withPassword(registry.host));
  expect(registry.seen).toEqual([
    { path: '/v2/acme/thing/manifests/1', authorization: undefined },
    { path: '/token?service=reg&scope=repository%3Aacme%2Fthing%3Apull', authorization: BASIC },
    { path: '/v2/acme/thing/manifests/1', authorization: 'Bearer to.ken' },
    { path: `/v2/acme/thing/blobs/${LAYER.digest}`, authorization: 'Bearer to.ken' },
  ]);
  // Another workspace, without credentials, does not get the first one's token.
  await client.readManifest(REFERENCE, call);
  expect(registry.seen.slice(4).map(({ authorization }) => authorization)).toEqual([
    undefined,
    undefined,
    'Bearer to.ken',
  ]);

  const basic = await serve((request, response) => {
    if (request.headers.authorization === BASIC) return giveContent(request, response);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
  });
  expect((await clientOf(basic.host).readManifest(REFERENCE, withPassword(basic.host))).digest).toBe(sha256(MANIFEST));
  await expect(clientOf(basic.host).readManifest(REFERENCE, call)).rejects.toMatchObject({ code: 'denied' });
});

test('a redirect to another origin gets no credentials and may not ask for any', async () => {
  const storage = await serve((request, response) => {
    if (request.url === '/blob') return void response.end(BLOB);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="give me"' }).end();
  });
  const registry = await serve((request, response) => {
    if (request.headers.authorization !== BASIC) {
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    }
    const location = request.url!.includes('/blobs/') ? `http://${storage.host}/blob` : `http://${storage.host}/asks`;
    response.writeHead(307, { location }).end();
  });
  const client = clientOf(registry.host);
  const credentials = new Map([...withPassword(registry.host).credentials, ...withPassword(storage.host).credentials]);
  expect((await client.readBlob(REFERENCE, LAYER, { ...call, credentials })).toString()).toBe(BLOB);
  await expect(client.readManifest(REFERENCE, { ...call, credentials })).rejects.toMatchObject({ code: 'denied' });
  expect(storage.seen.length).toBeGreaterThan(1);
  expect(storage.seen.every(({ authorization }) => authorization === undefined)).toBe(true);

  for (const location of ['file:///etc/passwd', 'not a url://', `http://${registry.host}/again`]) {
    const round = await serve((_, response) => void response.writeHead(302, { location }).end());
    await expect(clientOf(round.host).readManifest(REFERENCE, call)).rejects.toBeInstanceOf(Error);
  }
  const circle = await serve((request, response) => void response.writeHead(302, { location: request.url! }).end());
  await expect(clientOf(circle.host).readManifest(REFERENCE, call)).rejects.toMatchObject({ code: 'not_understood' });
});

test('a token server elsewhere is not asked without TLS', async () => {
  const registry = await serve(
    (_, response) =>
      void response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://registry.example/token"' }).end(),
  );
  await expect(clientOf(registry.host).readManifest(REFERENCE, withPassword(registry.host))).rejects.toMatchObject({
    code: 'not_understood',
  });
  expect(registry.seen).toHaveLength(1);
});

test('proxies are gone through, but for this machine', async () => {
  const registry = await serve(giveContent);
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url!);
    giveContent(request, response);
  });
  proxy.on('connect', (request, socket) => {
    asked.push(request.url!);
    const upstream = connect(Number(registry.host.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  servers.push(proxy);
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const dispatcher = createOciDispatcher({ pem: '', proxies: { httpProxy: address, httpsProxy: address } });
  const through = clientOf('registry.example', { plainHttp: ['registry.example'], dispatcher });
  expect((await through.readManifest(REFERENCE, call)).digest).toBe(sha256(MANIFEST));
  expect(asked).toHaveLength(1);
  expect(asked[0]).toContain('registry.example');
  await clientOf(registry.host, { dispatcher }).readManifest(REFERENCE, call);
  expect(asked).toHaveLength(1);
  await dispatcher.close();
});
