/** What kinds of things the catalogs hold: docs/contracts/provisioning.md, Catalogs. */
export const CATALOG_CATEGORIES = ['languages', 'tools', 'cloud', 'databases'] as const;
export type CatalogCategory = (typeof CATALOG_CATEGORIES)[number];

interface CatalogEntry {
  readonly name: string;
  readonly description: string;
  readonly category: CatalogCategory;
  /** Name of a Lucide icon. */
  readonly icon: string;
}

export interface CatalogFeature extends CatalogEntry {
  /** What stands in `devcontainer_config.features`. */
  readonly ref: string;
  /** What it adds to an image, about; empty where nobody measured. */
  readonly size_hint: string;
}

export interface CatalogRuntime extends CatalogEntry {
  /** What stands in `mise` as the tool's name. */
  readonly tool: string;
  /** Newest first; empty where only mise knows. */
  readonly versions: readonly string[];
  readonly default_version: string;
  /** asdf, cargo, npm, pipx, github; empty: mise chooses. */
  readonly backends: readonly string[];
}

/** Entries whose name, description or category holds `search`, in any case. */
export function searchCatalog<Entry extends CatalogEntry>(entries: readonly Entry[], search: string): readonly Entry[] {
  const wanted = search.toLowerCase();
  if (wanted === '') return entries;
  return entries.filter((entry) =>
    [entry.name, entry.description, entry.category].some((text) => text.toLowerCase().includes(wanted)),
  );
}

export const CATEGORY_ICONS: Readonly<Record<CatalogCategory, string>> = {
  languages: 'code',
  tools: 'wrench',
  cloud: 'cloud',
  databases: 'database',
};

const WORDS_OF: Readonly<Record<Exclude<CatalogCategory, 'tools'>, string>> = {
  databases:
    'cassandra clickhouse cockroach couchdb duckdb etcd influxdb liquibase mariadb mongo mongodb mongosh mysql neo4j ' +
    'postgres postgresql psql redis sqlite sqlserver valkey',
  cloud:
    'aws awscli az azure cloudflare crossplane digitalocean doctl eksctl flux flyctl gcloud gke helm helmfile heroku ' +
    'istioctl k3d k3s k8s k9s kind kubectl kubectx kubernetes kustomize minikube nomad oci opentofu packer pulumi ' +
    'serverless skaffold terraform terragrunt tilt tofu vault vercel wrangler',
  languages:
    'anaconda bun clojure conda crystal dart deno dotnet elixir elm erlang gleam go golang groovy haskell java julia ' +
    'kotlin lua mono nim node nodejs ocaml perl php pony powershell python racket ruby rust scala swift typescript zig',
};
const CATEGORY_OF_WORD = new Map<string, CatalogCategory>(
  (['languages', 'cloud', 'databases'] as const).flatMap((category) =>
    WORDS_OF[category].split(' ').map((word): [string, CatalogCategory] => [word, category]),
  ),
);

/** Public indexes have no categories: the first word of an entry's id that says one decides. */
export function categoryOf(id: string): CatalogCategory {
  for (const word of id.toLowerCase().split(/[^a-z0-9]+/)) {
    const category = CATEGORY_OF_WORD.get(word);
    if (category !== undefined) return category;
  }
  return 'tools';
}

/** A line for people from a text of strangers; '' when there is none. */
export function lineOf(value: unknown, maxLength: number): string {
  if (typeof value !== 'string') return '';
  // oxlint-disable-next-line no-control-regex -- These are what it removes.
  const line = value.slice(0, maxLength * 4).replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g, ' ');
  return line.toWellFormed().trim().slice(0, maxLength).toWellFormed();
}
