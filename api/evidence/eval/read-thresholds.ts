import { readNumbers } from '../../../db/instance/settings/settings-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { THRESHOLD_SETTINGS, type Thresholds } from '../../../domain/evidence/eval/compare-metrics.ts';

const NAMES = Object.keys(THRESHOLD_SETTINGS) as (keyof Thresholds)[];

/** What counts in a workspace now. */
export async function readThresholds(
  db: Pick<Database, 'reads' | 'systemReads'>,
  workspaceId: string,
): Promise<Thresholds> {
  const keys = NAMES.map((name) => THRESHOLD_SETTINGS[name].key);
  const set = await readNumbers(db, workspaceId, keys);
  const of = (name: keyof Thresholds) => set.get(THRESHOLD_SETTINGS[name].key) ?? THRESHOLD_SETTINGS[name].byDefault;
  return {
    toolSuccessDrop: of('toolSuccessDrop'),
    stepsRise: of('stepsRise'),
    costRise: of('costRise'),
    hallucinationsRise: of('hallucinationsRise'),
  };
}
