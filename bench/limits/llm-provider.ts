import http from 'node:http';

/**
 * Process: a provider on CREWSHIP_BENCH_PORT that answers each call at once, with a short stream that ends with what it
 * used.
 */
const START = { input_tokens: 1_200, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
const event = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const DELTA = event('content_block_delta', {
  index: 0,
  delta: { type: 'text_delta', text: 'some words of an answer ' },
});
const ANSWER = [
  event('message_start', { message: { id: 'msg_1', type: 'message', role: 'assistant', usage: START } }),
  ...Array.from({ length: 20 }, () => DELTA),
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 120 } }),
  event('message_stop', {}),
];

const server = http.createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of ANSWER) response.write(part);
    response.end();
  });
});
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
const port = Number(process.env.CREWSHIP_BENCH_PORT);
server.listen(port, '127.0.0.1', () => {
  process.send?.({ type: 'ready', address: `http://127.0.0.1:${port}` });
});
