import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';

/**
 * Run as a program: compares all imports with the table in `.dependency-cruiser.mjs`; any difference is exit code 1.
 */
const ROOT = path.resolve(import.meta.dirname, '../../..');
const PRODUCT = [
  'domain',
  'platform',
  'db',
  'commands',
  'workflows',
  'activities',
  'api',
  'workers',
  'sidecar',
  'clients',
];
const FOLDERS = [...PRODUCT, 'deploy', 'bench', 'test'];

/** Folders that need each other: the knot of transitions that move work, in its one place. */
const ENGINE = /^commands\/engine\//;

export interface ImportReport {
  /** Files that were read, packages included. */
  readonly modules: number;
  /** `rule: from → to`, one each; for a circle of folders, the imports that close it. */
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
  const { summary, modules } = output as ICruiseResult;
  if (summary.totalCruised === 0) throw new Error(`no module was read in ${folders.join(', ')}: nothing was compared`);
  return {
    modules: summary.totalCruised,
    violations: [
      ...summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
      ...folderCircles(
        modules.map(({ source, dependencies }) => ({ source, to: dependencies.map((to) => to.resolved) })),
      ),
    ],
  };
}

/** `layer/area/feature` of a product file, or the folder of one that lies higher; null for tests and tools. */
function roomOf(file: string): string | null {
  const parts = file.split('/');
  if (!PRODUCT.includes(parts[0]!) || file.endsWith('.test.ts')) return null;
  return parts.slice(0, Math.min(3, parts.length - 1)).join('/');
}

/** Imports between folders that need each other, types included; the engine's among themselves are left out. */
function folderCircles(files: readonly { source: string; to: readonly string[] }[]): string[] {
  const imports = files.flatMap(({ source, to }) => to.map((target) => ({ source, target })));
  const crossing = imports.flatMap(({ source, target }) => {
    const [from, to] = [roomOf(source), roomOf(target)];
    if (from === null || to === null || from === to) return [];
    return ENGINE.test(`${from}/`) && ENGINE.test(`${to}/`) ? [] : [{ from, to, text: `${source} → ${target}` }];
  });
  const next = Map.groupBy(crossing, ({ from }) => from);
  const reach = (from: string): Set<string> => {
    const seen = new Set<string>();
    const waiting = [from];
    for (let room = waiting.pop(); room !== undefined; room = waiting.pop()) {
      for (const { to } of next.get(room) ?? []) {
        if (!seen.has(to)) waiting.push(to);
        seen.add(to);
      }
    }
    return seen;
  };
  const reached = new Map([...next.keys()].map((room) => [room, reach(room)]));
  return crossing.filter(({ from, to }) => reached.get(to)?.has(from)).map(({ text }) => `no-folder-circle: ${text}`);
}

if (import.meta.main) {
  const { modules, violations } = await compareImports(ROOT);
  for (const violation of violations) console.error(violation);
  console.log(`${modules} modules, ${violations.length} imports against the table`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
