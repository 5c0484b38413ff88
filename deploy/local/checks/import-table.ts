import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';

/** Run as a program: compares all imports with the table in `.dependency-cruiser.mjs`; any difference is exit code 1. */
const ROOT = path.resolve(import.meta.dirname, '../../..');
const FOLDERS = [
  ...['domain', 'platform', 'db', 'commands', 'workflows', 'activities', 'api', 'workers', 'sidecar'],
  ...['deploy', 'bench', 'test'],
];

export interface ImportReport {
  /** Files that were read, packages included. */
  readonly modules: number;
  /** `rule: from → to`, one each. */
  readonly violations: readonly string[];
}

/**
 * Reads every import below `root` and holds it against the table. Rejects when no module was read: a compiler that the
 * tool does not know makes it see nothing and be content.
 */
export async function compareImports(root: string): Promise<ImportReport> {
  const configFile = pathToFileURL(path.join(ROOT, '.dependency-cruiser.mjs')).href;
  const { default: config } = (await import(configFile)) as { default: IConfiguration };
  const { forbidden = [], options = {} } = config;
  const folders = FOLDERS.filter((folder) => existsSync(path.join(root, folder)));
  const { tsConfig: _, enhancedResolveOptions, ...cruiseOptions } = options;
  const { output } = await cruise(
    folders,
    { ...cruiseOptions, enhancedResolveOptions, baseDir: root, validate: true, ruleSet: { forbidden } },
    undefined,
    { tsConfig: extractTsConfig(path.join(ROOT, 'tsconfig.json')) },
  );
  const { summary } = output as ICruiseResult;
  if (summary.totalCruised === 0) throw new Error(`no module was read in ${folders.join(', ')}: nothing was compared`);
  return {
    modules: summary.totalCruised,
    violations: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
  };
}

if (import.meta.main) {
  const { modules, violations } = await compareImports(ROOT);
  for (const violation of violations) console.error(violation);
  console.log(`${modules} modules, ${violations.length} imports against the table`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
