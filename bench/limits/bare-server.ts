import { fastify } from 'fastify';
import pg from 'pg';

/**
 * Process: Fastify with nothing around it, as the limit of what an HTTP answer can cost here. `/bytes` and
 * `/bytes-after-select` return the text of CREWSHIP_BENCH_BODY, `POST /transaction` runs `select 1` in a transaction.
 */
const { CREWSHIP_BENCH_BODY: body = '', CREWSHIP_BENCH_DATABASE_URL: connectionString } = process.env;
const pool = new pg.Pool({ connectionString, max: 8 });
const server = fastify();

server.get('/bytes', (_request, reply) => reply.type('application/json; charset=utf-8').send(body));
server.get('/bytes-after-select', async (_request, reply) => {
  await pool.query({ name: 'one', text: 'select 1' });
  return reply.type('application/json; charset=utf-8').send(body);
});
server.post('/transaction', async () => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select 1');
    await client.query('commit');
  } finally {
    client.release();
  }
  return { status: 'done' };
});

process.once('SIGTERM', () => void server.close().then(() => pool.end()));
const address = await server.listen({ host: '127.0.0.1', port: 0 });
process.send?.({ type: 'ready', address });
