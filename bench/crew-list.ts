import type { BenchStack } from './bench-stack.ts';
import { inParallel } from './constant-rate.ts';
import type { Figure } from './figure.ts';
import { listRate } from './list-rate.ts';

const CREWS = 20;

/** A workspace of 20 crews, and the path that lists them. */
export async function makeCrews(bench: BenchStack, slug: string): Promise<{ workspaceId: string; path: string }> {
  const { id: workspaceId } = await bench.crewship.request('POST /api/v1/workspaces', {
    body: { name: 'Bench lists', slug },
  });
  const crewship = bench.crewshipIn(workspaceId);
  await inParallel(Array.from({ length: CREWS }), 4, (_, index) =>
    crewship.request('POST /api/v1/crews', { body: { name: `Listed crew ${index}`, slug: `listed-${index}` } }),
  );
  return { workspaceId, path: `/api/v1/crews?workspace_id=${workspaceId}` };
}

/** Authenticated lists of 20 crews under row-level security, from one API process. */
export async function crewList(bench: BenchStack): Promise<Figure[]> {
  const { path } = await makeCrews(bench, 'bench-lists');
  const items = (body: unknown) => (body as unknown[]).length;
  return [await listRate(bench, { name: 'crew-list', path, target: 4_000, items, length: CREWS })];
}
