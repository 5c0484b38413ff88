import { fastify } from 'fastify';
import pg from 'pg';
import { createGroupCommit } from '../../platform/group-commit/group-commit.ts';

/**
 * Process: Fastify with nothing around it that gathers what arrives and inserts it with one statement over unnest into
 * one table with one index, as the limit of what a durable report can cost here. On the socket CREWSHIP_BENCH_SOCKET.
 */
const { CREWSHIP_BENCH_DATABASE_URL: connectionString, CREWSHIP_BENCH_SOCKET: socketPath } = process.env;
const pool = new pg.Pool({ connectionString, max: 4 });
await pool.query(`create table bench_reports (id bigint generated always as identity primary key,
  ts timestamptz not null default now(), workspace_id text not null, kind text not null, amount bigint not null,
  body jsonb not null)`);

interface Report {
  readonly kind: string;
  readonly amount: number;
  readonly body: object;
}

const reports = createGroupCommit<Report, null>({
  maxBatch: 256,
  maxInFlight: 2,
  maxQueued: 10_000,
  isOutage: () => true,
  refusal: () => new Error('busy'),
  shareOf: () => 'workspace',
  async commit(batch) {
    await pool.query({
      name: 'insert',
      text: `insert into bench_reports (workspace_id, kind, amount, body)
        select * from unnest($1::text[], $2::text[], $3::bigint[], $4::jsonb[])`,
      values: [
        batch.map(() => 'workspace'),
        batch.map(({ kind }) => kind),
        batch.map(({ amount }) => amount),
        batch.map(({ body }) => JSON.stringify(body)),
      ],
    });
    return batch.map(() => ({ ok: true, result: null }));
  },
});

const server = fastify();
server.post('/report', async (request, reply) => {
  const body = request.body as object;
  await reports.submit({ kind: 'report', amount: 1, body });
  return reply.code(202).send({ id: 'report' });
});

process.once('SIGTERM', () => {
  void server
    .close()
    .then(() => pool.query('drop table bench_reports'))
    .then(() => pool.end());
});
await server.listen({ path: socketPath ?? '' });
process.send?.({ type: 'ready', address: socketPath });
