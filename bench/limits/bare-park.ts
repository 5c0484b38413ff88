import http, { type ServerResponse } from 'node:http';

/**
 * Process: Node's HTTP server with nothing around it that parks every GET and answers all of them at a POST to /wake:
 * the limit of what parked clients can cost here, and of how soon they all hear.
 */
const parked: ServerResponse[] = [];
const server = http.createServer((request, response) => {
  if (request.method === 'GET') {
    parked.push(response);
    return;
  }
  response.end();
  if (request.url !== '/wake') return;
  for (const waiting of parked.splice(0)) {
    waiting.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"RESOLVED"}');
  }
});
server.requestTimeout = 0;
process.once('SIGTERM', () => process.exit(0));
server.listen({ host: '127.0.0.1', port: 0 }, () => {
  const { port } = server.address() as { port: number };
  process.send?.({ type: 'ready', address: String(port) });
});
