import { COMMON_UTILS_ID } from './build-spec.ts';
import { publisherOf } from './feature-reference.ts';
import { type FeatureMetadata, withoutVersion } from './feature-metadata.ts';
import type { FeatureOptions } from './read-devcontainer-config.ts';

/** A feature with the options that it is installed with. The same one with other options is another. */
export interface FeatureNode {
  /** With the version that was asked for. */
  readonly ref: string;
  /** Of its manifest. */
  readonly digest: string;
  readonly options: FeatureOptions;
  readonly metadata: Pick<FeatureMetadata, 'installsAfter' | 'legacyIds'>;
  /** Keys of the nodes that must be installed before. */
  readonly dependsOn: readonly string[];
}

/** Features that wait for each other. */
export class FeatureCycleError extends Error {
  readonly refs: readonly string[];

  constructor(refs: readonly string[]) {
    super(`features depend on each other: ${refs.join(', ')}`);
    this.name = 'FeatureCycleError';
    this.refs = refs;
  }
}

/** Two nodes are one when they are the same artifact with the same options. */
export function featureKey(digest: string, options: FeatureOptions): string {
  return JSON.stringify([digest, sortedOptions(options)]);
}

/**
 * The order of installation of the devcontainer format: in rounds, each taking those whose dependencies (`dependsOn`,
 * and of `installsAfter` what is there) have been taken, and of them the ones with the highest priority. Priority is
 * given by `first`, ids without versions; the feature that makes the agent's user comes before all. Within a round the
 * names decide, so the order is always the same. Throws {@link FeatureCycleError}.
 */
export function orderFeatures(nodes: readonly FeatureNode[], first: readonly string[]): readonly FeatureNode[] {
  const priorities = new Map([COMMON_UTILS_ID, ...first].reverse().map((id, index) => [id, index + 1]));
  const priorityOf = (node: FeatureNode) => Math.max(...namesOf(node).map((name) => priorities.get(name) ?? 0));
  const ordered: FeatureNode[] = [];
  const done = new Set<string>();
  let waiting = nodes.toSorted(compareNodes);
  while (waiting.length > 0) {
    const namesWaiting = new Set(waiting.flatMap(namesOf));
    const ready = waiting.filter(
      (node) =>
        node.dependsOn.every((key) => done.has(key)) &&
        node.metadata.installsAfter.every((id) => !namesWaiting.has(id) || namesOf(node).includes(id)),
    );
    const highest = Math.max(...ready.map(priorityOf));
    const round = ready.filter((node) => priorityOf(node) === highest);
    if (round.length === 0) throw new FeatureCycleError(waiting.map(({ ref }) => ref));
    for (const node of round) done.add(featureKey(node.digest, node.options));
    ordered.push(...round);
    waiting = waiting.filter((node) => !round.includes(node));
  }
  return ordered;
}

/** Ids: the present one, and those that the feature had before. */
function namesOf({ ref, metadata }: FeatureNode): string[] {
  const publisher = publisherOf(ref) ?? '';
  return [withoutVersion(ref), ...metadata.legacyIds.map((id) => `${publisher}${id}`)];
}

function compareNodes(one: FeatureNode, other: FeatureNode): number {
  const keys = [one, other].map(({ ref, digest, options }) => [
    withoutVersion(ref),
    ref,
    JSON.stringify(sortedOptions(options)),
    digest,
  ]);
  for (const [index, key] of keys[0]!.entries()) {
    const against = keys[1]![index]!;
    if (key !== against) return key < against ? -1 : 1;
  }
  return 0;
}

function sortedOptions(options: FeatureOptions): [string, string][] {
  return Object.entries(options)
    .map(([name, value]): [string, string] => [name, String(value)])
    .sort(([one], [other]) => (one < other ? -1 : 1));
}
