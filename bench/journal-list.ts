import type { BenchStack } from './bench-stack.ts';
import type { Figure } from './figure.ts';
import { listRates } from './list-rate.ts';
import { openReportingCrew } from './reporting-crew.ts';

const ENTRIES = 50;

/** Authenticated pages of 50 journal entries, from one API process. */
export async function journalList(bench: BenchStack): Promise<Figure[]> {
  const crew = await openReportingCrew(bench, 'listed-journal');
  for (let written = 0; written < ENTRIES * 2; written += 1) {
    await crew.post('/api/v1/internal/journal/emit', {
      type: 'network.egress',
      summary: `GET registry.example.com/package-${written}`,
      payload: { host: 'registry.example.com', port: 443, bytes: 1_234 * written, decision: 'allowed' },
    });
  }
  const path =
    `/api/v1/journal?workspace_id=${crew.workspaceId}&crew_id=${crew.id}` +
    `&entry_type=network.egress&limit=${ENTRIES}`;
  const items = (body: unknown) => (body as { entries: unknown[] }).entries.length;
  const way = { name: 'journal-list', headers: { authorization: `Bearer ${bench.token}` }, target: 3_000 };
  return listRates(bench, { path, items, length: ENTRIES }, [way]);
}
