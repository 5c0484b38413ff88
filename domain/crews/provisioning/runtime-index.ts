import { CATEGORY_ICONS, type CatalogRuntime, categoryOf, lineOf } from './catalog.ts';
import { isJsonObject, type JsonObject } from './config-problems.ts';
import { FALLBACK_RUNTIMES } from './fallback-runtimes.ts';
import { isToolName, isToolVersion } from './mise-config.ts';

const MAX_RUNTIMES = 5_000;
const BACKENDS: readonly string[] = ['asdf', 'cargo', 'npm', 'pipx', 'github'];

/**
 * The catalog that the public index of mise's tools gives: `tools[]`, each with `name`, `description`, `latest_version`
 * and `backends` (`npm:prettier`, `core:node`). The tools we know come first, with their latest version added; then the
 * others that could be pinned, by name. null: this is not that index, or nothing in it is for us.
 */
export function readRuntimeIndex(index: unknown): readonly CatalogRuntime[] | null {
  if (!isJsonObject(index) || !Array.isArray(index.tools)) return null;
  const found = new Map<string, JsonObject>();
  for (const tool of index.tools as unknown[]) {
    if (found.size === MAX_RUNTIMES) break;
    if (isJsonObject(tool) && typeof tool.name === 'string' && isToolName(tool.name)) found.set(tool.name, tool);
  }
  if (found.size === 0) return null;
  const known = FALLBACK_RUNTIMES.map((runtime) => withLatest(runtime, found.get(runtime.tool)));
  const ours = new Set(FALLBACK_RUNTIMES.map((runtime) => runtime.tool));
  const others = [...found.values()]
    .map(readTool)
    .filter((runtime) => !ours.has(runtime.tool))
    .sort((one, other) => (one.tool < other.tool ? -1 : 1));
  return [...known, ...others];
}

function readTool(tool: JsonObject): CatalogRuntime {
  const name = tool.name as string;
  const latest = latestOf(tool);
  const category = categoryOf(name);
  const backends = Array.isArray(tool.backends) ? (tool.backends as unknown[]).slice(0, 20) : [];
  const prefixes = backends.map((backend) => lineOf(backend, 100).split(':', 1)[0]!);
  return {
    name,
    tool: name,
    description: lineOf(tool.description, 500),
    category,
    icon: CATEGORY_ICONS[category],
    versions: latest === null ? [] : [latest],
    default_version: latest ?? 'latest',
    backends: BACKENDS.filter((backend) => prefixes.includes(backend)),
  };
}

/** Our versions are lines of releases (`22`); the latest release goes where it belongs among them, newest first. */
function withLatest(runtime: CatalogRuntime, tool: JsonObject | undefined): CatalogRuntime {
  const latest = tool === undefined ? null : latestOf(tool);
  if (latest === null || !/^\d+(\.\d+)*$/.test(latest) || runtime.versions.includes(latest)) return runtime;
  const before = runtime.versions.findIndex((version) => compareVersions(latest, version) > 0);
  if (before < 0) return runtime;
  return { ...runtime, versions: runtime.versions.toSpliced(before, 0, latest) };
}

function latestOf(tool: JsonObject): string | null {
  const { latest_version: latest } = tool;
  return typeof latest === 'string' && isToolVersion(latest) ? latest : null;
}

function compareVersions(one: string, other: string): number {
  const [first, second] = [one.split('.').map(Number), other.split('.').map(Number)];
  for (let part = 0; part < Math.max(first.length, second.length); part += 1) {
    const difference = (first[part] ?? -1) - (second[part] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
