import { CATEGORY_ICONS, type CatalogFeature, categoryOf, lineOf } from './catalog.ts';
import { isJsonObject, type JsonObject } from './config-problems.ts';
import { FALLBACK_FEATURES } from './fallback-features.ts';
import { featureReferenceProblem, isFeatureId, publisherOf } from './feature-reference.ts';

const MAX_FEATURES = 2_000;

/**
 * The catalog that the public index of the devcontainers project gives: `collections[].features[]`, each with `id` (its
 * reference without a version), `version`, `majorVersion`, `name`, `description`, `deprecated`. Only what our
 * publishers offer is taken; what we know better (category, icon, size) is added; a publisher that the index does not
 * know keeps its fallback entries. null: this is not that index, or nothing in it is for us.
 */
export function readFeatureIndex(index: unknown): readonly CatalogFeature[] | null {
  if (!isJsonObject(index) || !Array.isArray(index.collections)) return null;
  const known = new Map(FALLBACK_FEATURES.map((feature) => [idOf(feature.ref), feature]));
  const found = new Map<string, CatalogFeature>();
  for (const collection of index.collections as unknown[]) {
    if (!isJsonObject(collection) || !Array.isArray(collection.features)) continue;
    for (const feature of collection.features as unknown[]) {
      if (found.size === MAX_FEATURES) break;
      const read = isJsonObject(feature) ? readFeature(feature, known) : null;
      if (read !== null && !found.has(idOf(read.ref))) found.set(idOf(read.ref), read);
    }
  }
  if (found.size === 0) return null;
  const indexed = new Set([...found.keys()].map(publisherOf));
  const ours = FALLBACK_FEATURES.filter((feature) => !indexed.has(publisherOf(feature.ref)));
  return [...found.values(), ...ours].sort(
    (one, other) => compare(one.name, other.name) || compare(one.ref, other.ref),
  );
}

function readFeature(feature: JsonObject, known: ReadonlyMap<string, CatalogFeature>): CatalogFeature | null {
  const { id } = feature;
  if (typeof id !== 'string' || !isFeatureId(id) || feature.deprecated === true) return null;
  const major = /^\d{1,9}/.exec(lineOf(feature.majorVersion, 9) || lineOf(feature.version, 30))?.[0];
  const ref = `${id}:${major ?? 'latest'}`;
  if (featureReferenceProblem(ref) !== null) return null;
  const fallback = known.get(id);
  const shortName = id.slice(publisherOf(id)!.length);
  const category = fallback?.category ?? categoryOf(shortName);
  return {
    ref,
    name: lineOf(feature.name, 100) || (fallback?.name ?? shortName),
    description: lineOf(feature.description, 500) || (fallback?.description ?? ''),
    category,
    icon: fallback?.icon ?? CATEGORY_ICONS[category],
    size_hint: fallback?.size_hint ?? '',
  };
}

function idOf(reference: string): string {
  return reference.slice(0, reference.lastIndexOf(':'));
}

function compare(one: string, other: string): number {
  const [first, second] = [one.toLowerCase(), other.toLowerCase()];
  return first < second ? -1 : first > second ? 1 : 0;
}
