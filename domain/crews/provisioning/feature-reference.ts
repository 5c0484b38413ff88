/** Who may publish features. A prefix ends at its slash, so that no name that merely begins like one passes. */
const FEATURE_PUBLISHERS = [
  'ghcr.io/devcontainers/features/',
  'ghcr.io/devcontainers-extra/features/',
  'ghcr.io/crewship-ai/features/',
] as const;

const MAX_REFERENCE_LENGTH = 255;
const NAME = /^[a-z0-9]+(?:(?:[._]|__|-{1,8})[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The publisher's prefix of a feature, with or without its version; undefined when nobody we know published it. */
export function publisherOf(feature: string): string | undefined {
  return FEATURE_PUBLISHERS.find((prefix) => feature.startsWith(prefix));
}

/** Whether this is the id of a feature that we may install: a publisher's prefix and one name, without a version. */
export function isFeatureId(id: string): boolean {
  const publisher = publisherOf(id);
  return publisher !== undefined && id.length <= MAX_REFERENCE_LENGTH && NAME.test(id.slice(publisher.length));
}

/** What is wrong with a feature's reference (`<publisher><name>:<tag>` or `…@sha256:<64 hex>`), or null. */
export function featureReferenceProblem(reference: string): string | null {
  if (reference.length > MAX_REFERENCE_LENGTH) return `must be at most ${MAX_REFERENCE_LENGTH} characters`;
  if (publisherOf(reference) === undefined) {
    return `must be of one of the publishers ${FEATURE_PUBLISHERS.map((prefix) => prefix.slice(0, -1)).join(', ')}`;
  }
  const at = reference.indexOf('@');
  const colon = reference.lastIndexOf(':');
  const pinned =
    at >= 0
      ? isFeatureId(reference.slice(0, at)) && DIGEST.test(reference.slice(at + 1))
      : colon >= 0 && isFeatureId(reference.slice(0, colon)) && TAG.test(reference.slice(colon + 1));
  return pinned ? null : 'must be a feature with its version: name:tag or name@sha256:<64 hex>';
}
