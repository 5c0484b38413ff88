import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

/** The data folder of this checkout: CREWSHIP_DATA_DIR, or `.crewship` beside the sources. */
export function localDataDir(env: Readonly<Record<string, string | undefined>>): string {
  return path.resolve(env.CREWSHIP_DATA_DIR ?? path.join(ROOT, '.crewship'));
}
