/** Where something is in a registry. */
export interface OciReference {
  /** `ghcr.io`, `localhost:5000`; of Docker Hub `docker.io`. */
  readonly registry: string;
  readonly repository: string;
  /** Both may be given; then the digest counts. */
  readonly tag: string | null;
  readonly digest: string | null;
}

/** Registry to the registry that is asked in its place. Names stay what they are. */
export type RegistryMirrors = Readonly<Record<string, string>>;

const DEFAULT_REGISTRY = 'docker.io';
const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const HOST =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*(?::[0-9]{1,5})?$/;
const MAX_LENGTH = 512;

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** `[registry/]repository[:tag][@digest]`; neither tag nor digest means `latest`. null: it is none. */
export function parseOciReference(text: string): OciReference | null {
  if (text.length > MAX_LENGTH) return null;
  const [named = '', digest = null, ...more] = text.split('@');
  if (more.length > 0 || (digest !== null && !DIGEST.test(digest))) return null;
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const tag = tagged ? named.slice(colon + 1) : digest === null ? 'latest' : null;
  if (tag !== null && !TAG.test(tag)) return null;
  const components = (tagged ? named.slice(0, colon) : named).split('/');
  const first = components[0]!;
  // As the daemon tells them apart: a first part with a dot or a port is a host.
  const hasRegistry = components.length > 1 && (/[.:]/.test(first) || first === 'localhost');
  const registry = hasRegistry ? first : DEFAULT_REGISTRY;
  const path = hasRegistry ? components.slice(1) : components;
  if (!HOST.test(registry) || !path.every((component) => COMPONENT.test(component))) return null;
  const repository = registry === DEFAULT_REGISTRY && path.length === 1 ? `library/${path[0]}` : path.join('/');
  return { registry: registry === 'index.docker.io' ? DEFAULT_REGISTRY : registry, repository, tag, digest };
}

/** The host that is really asked. */
export function mirroredHost(reference: Pick<OciReference, 'registry'>, mirrors: RegistryMirrors): string {
  return Object.hasOwn(mirrors, reference.registry) ? mirrors[reference.registry]! : reference.registry;
}

/** The text that the daemon pulls, at the mirror where there is one. */
export function pullReference(reference: OciReference, mirrors: RegistryMirrors): string {
  const name = `${mirroredHost(reference, mirrors)}/${reference.repository}`;
  return reference.digest === null ? `${name}:${reference.tag ?? 'latest'}` : `${name}@${reference.digest}`;
}

/** `ghcr.io=127.0.0.1:5000,docker.io=mirror.example`; null: it is no such list. */
export function parseRegistryMirrors(text: string): RegistryMirrors | null {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  const mirrors = pairs.map((pair) => pair.split('=').map((host) => host.trim()));
  if (!mirrors.every((hosts) => hosts.length === 2 && hosts.every((host) => HOST.test(host)))) return null;
  return Object.fromEntries(mirrors) as RegistryMirrors;
}
