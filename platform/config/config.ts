import path from 'node:path';
import { z } from 'zod';
import { parseAuthority } from '../../domain/crews/egress/egress-target.ts';
import { isSubnetPool } from '../../domain/crews/crews/subnet-pool.ts';
import { parseNetwork } from '../../domain/kernel/addresses/ip-address.ts';
import { parseSmtpUrl } from '../mail/smtp-settings.ts';
import { parseOciReference, parseRegistryMirrors } from '../oci/oci-reference.ts';

/**
 * Every setting of every Crewship process, read from the environment once, validated, frozen, and passed in.
 * Nothing else in the product reads `process.env`.
 */
const boolean = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');

const port = z.coerce.number().int().min(0).max(65_535);

const encryptionKey = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex characters');

const commaSeparated = z
  .string()
  .max(4_000)
  .default('')
  .transform((text) => text.split(',').filter((item) => item !== ''));

/** An object of texts, as JSON. */
const jsonMap = z
  .string()
  .max(16_000)
  .default('{}')
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.record(z.string(), z.string().max(2_000)));

const SECRET_NAME = /TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIAL|AUTH|(^|_)(KEY|PAT)(_|$)/i;

/** The same, for what tenants can read: names that say a secret, and addresses with one, are refused. */
const publicMap = jsonMap.superRefine((map, context) => {
  for (const [name, value] of Object.entries(map)) {
    if (SECRET_NAME.test(name) || /[a-z][a-z0-9+.-]*:\/\/[^/\s]*@/i.test(value)) {
      context.addIssue({ code: 'custom', message: `${name} must hold no secret: builds can read it` });
    }
  }
});

const registryMirrors = z
  .string()
  .max(4_000)
  .default('')
  .transform((text, context) => {
    const mirrors = parseRegistryMirrors(text);
    if (mirrors !== null) return mirrors;
    context.addIssue({ code: 'custom', message: 'must be a list of registry=host, with commas' });
    return z.NEVER;
  });

const smtpServer = z
  .string()
  .max(2_000)
  .transform((text, context) => {
    const settings = parseSmtpUrl(text);
    if (settings !== null) return settings;
    context.addIssue({ code: 'custom', message: 'must be smtp[s]://[user:password@]host[:port][?starttls=off]' });
    return z.NEVER;
  });

/** Where a list is read from; empty: nowhere, the built-in one is used. */
const listSource = z.union([z.literal(''), z.url({ protocol: /^https?$/ })]);

const environment = z.object({
  /** `local`: keys and passwords may be generated and kept in the data directory. `production`: they must be given. */
  CREWSHIP_MODE: z.enum(['local', 'production']).default('production'),
  CREWSHIP_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** Application login: API and activities, row-level security forced. */
  CREWSHIP_APP_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  /** System login: token lookup, relay, sequencer, reconciler. */
  CREWSHIP_SYSTEM_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  CREWSHIP_WRITE_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(10),
  CREWSHIP_READ_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(8),
  CREWSHIP_SYSTEM_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(6),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).default('redis://127.0.0.1:6379'),
  TEMPORAL_ADDRESS: z.string().min(1).max(255).default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().min(1).max(255).default('default'),
  /** Where people open the Temporal UI; only shown, never called. */
  CREWSHIP_TEMPORAL_UI_URL: z.url().optional(),
  CREWSHIP_LISTEN_HOST: z.string().min(1).max(255).default('127.0.0.1'),
  CREWSHIP_LISTEN_PORT: port.default(8080),
  /** The internal routes over TCP, beside the crews' sockets; without a port nobody is served there. */
  CREWSHIP_INTERNAL_LISTEN_HOST: z.string().min(1).max(255).default('127.0.0.1'),
  CREWSHIP_INTERNAL_LISTEN_PORT: port.optional(),
  /** Lets callers of the internal routes come from any address, not only from private ones. */
  CREWSHIP_INTERNAL_ALLOW_ANY: boolean.default(false),
  /** Proxies in front of the internal routes; a network of all addresses would believe everybody. */
  CREWSHIP_INTERNAL_TRUSTED_PROXIES: commaSeparated.pipe(
    z.array(
      z
        .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])
        .refine((network) => !network.endsWith('/0'), 'a network of all addresses is not taken'),
    ),
  ),
  CREWSHIP_PUBLIC_URL: z.url().optional(),
  /** A signed license; without one there are no limits. */
  CREWSHIP_LICENSE_FILE: z.string().min(1).max(1_024).optional(),
  /** The licensor's Ed25519 key, DER (SPKI) in base64, that a license is held against. */
  CREWSHIP_LICENSE_PUBLIC_KEY: z.base64().max(256).optional(),
  /** What was built: shown by the API. */
  CREWSHIP_BUILD_COMMIT: z.string().min(1).max(64).optional(),
  CREWSHIP_BUILD_TIME: z.iso.datetime({ offset: true }).optional(),
  CREWSHIP_API_ROLE: z.enum(['public', 'internal', 'both']).default('both'),
  /** What one run may open in all, of each kind; beyond it is a 429. */
  CREWSHIP_RUN_MAX_QUESTIONS: z.coerce.number().int().min(0).max(1_000_000).default(100),
  CREWSHIP_RUN_MAX_REQUESTS: z.coerce.number().int().min(0).max(1_000_000).default(100),
  CREWSHIP_RUN_MAX_ISSUES: z.coerce.number().int().min(0).max(1_000_000).default(200),
  CREWSHIP_RUN_MAX_MISSIONS: z.coerce.number().int().min(0).max(1_000_000).default(20),
  CREWSHIP_RUN_MAX_MESSAGES: z.coerce.number().int().min(0).max(1_000_000).default(100),
  CREWSHIP_MAX_WAITERS: z.coerce.number().int().min(1).max(1_000_000).default(12_000),
  /** Event streams and sockets that may be open in a process at once. */
  CREWSHIP_MAX_LIVE_CLIENTS: z.coerce.number().int().min(1).max(1_000_000).default(2_000),
  /** Origins of pages, comma-separated, that may call the API and open sockets besides those of the API's own host. */
  CREWSHIP_ALLOWED_ORIGINS: commaSeparated.pipe(
    z.array(z.url({ protocol: /^https?$/ }).transform((origin) => new URL(origin).origin)),
  ),
  /** Wrong credentials, and attempts to take the instance, a minute from one address. */
  CREWSHIP_ATTEMPTS_PER_MINUTE: z.coerce.number().int().min(1).max(1_000_000).default(10),
  /** Requests of one caller a minute, over all processes; 0: any number. */
  CREWSHIP_REQUESTS_PER_MINUTE: z.coerce.number().int().min(0).max(100_000_000).default(12_000),
  /** Requests that a process answers at once, without those that wait or stream; beyond them it answers 503. */
  CREWSHIP_MAX_REQUESTS_UNDER_WAY: z.coerce.number().int().min(1).max(1_000_000).default(1_000),
  /** A request that takes longer is logged. */
  CREWSHIP_SLOW_REQUEST_MS: z.coerce.number().int().min(1).max(600_000).default(1_000),
  /** Addresses and networks, comma-separated, whose X-Forwarded-For is believed. */
  CREWSHIP_TRUSTED_PROXIES: commaSeparated.pipe(z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))),
  /** The public index of devcontainer features, as containers.dev publishes it. */
  CREWSHIP_FEATURE_CATALOG_URL: listSource.default('https://containers.dev/static/devcontainer-index.json'),
  /** The public index of mise's tools. */
  CREWSHIP_RUNTIME_CATALOG_URL: listSource.default('https://mise-versions.jdx.dev/tools.json'),
  CREWSHIP_DATA_DIR: z.string().min(1).max(1_024).default('.crewship'),
  /** Our own id of this Docker host. Several daemons may report the same id, so theirs is not used. */
  CREWSHIP_HOST_ID: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{1,49}$/)
    .default('local'),
  /** Names this installation on a Docker host that it may share with others: labels, volumes, container names. */
  CREWSHIP_STACK_ID: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{1,31}$/)
    .default('crewship'),
  /** Attempts of this host that may wait for people without a place; those beyond keep theirs. */
  CREWSHIP_HOST_WAITING: z.coerce.number().int().min(0).max(100_000).default(1_000),
  CREWSHIP_HOST_SLOTS: z.coerce.number().int().min(1).max(10_000).default(8),
  /** Part of the disk, in percent, that has to be free for attempts to begin on this host; 0: any. */
  CREWSHIP_HOST_DISK_MIN_FREE_PERCENT: z.coerce.number().min(0).max(90).default(5),
  /** How long what a deleted crew had stays on its host, and a run's directory after its end. */
  CREWSHIP_CREW_DATA_KEPT_HOURS: z.coerce.number().min(0).max(87_600).default(168),
  CREWSHIP_RUN_DIRECTORIES_KEPT_HOURS: z.coerce.number().min(0).max(87_600).default(168),
  /** What a crew may take of this host's disk before its journal warns; 0: anything. */
  CREWSHIP_CREW_DISK_WARN_MB: z.coerce.number().int().min(0).max(1_000_000_000).default(20_480),
  DOCKER_HOST: z.string().min(1).max(1_024).default('unix:///var/run/docker.sock'),
  CREWSHIP_RUNTIME_IMAGE: z.string().min(1).max(255).default('debian:bookworm-slim'),
  /**
   * Image of the short-lived containers that do as root what the host's worker may not, with `sh`, `chown`, `chmod` and
   * `find`; default: CREWSHIP_RUNTIME_IMAGE. Never a crew's own. In production best named by its digest.
   */
  CREWSHIP_HELPER_IMAGE: z.string().min(1).max(512).optional(),
  /**
   * Image of the short-lived containers that keep the filters of packets on builds' and crews' bridges, with `nft`;
   * default: the helpers' image. One without it leaves builds and crews with an open network refused.
   */
  CREWSHIP_FILTER_IMAGE: z.string().min(1).max(512).optional(),
  /**
   * Builds, and crews whose network is `free`, each get a bridge with sixteen addresses of it. Nothing else may have a
   * route there.
   */
  CREWSHIP_CREW_NETWORK_POOL: z
    .string()
    .max(18)
    .refine(isSubnetPool, 'must be an IPv4 network, as 10.213.0.0/16, with room for 16 addresses')
    .default('10.213.0.0/16'),
  /** Registries that are asked in place of others: `ghcr.io=127.0.0.1:5000,docker.io=mirror.example`. */
  CREWSHIP_REGISTRY_MIRRORS: registryMirrors,
  /**
   * Registry, with a path if need be, through which Docker hosts have the images that others of them built. Crews'
   * images lie there: only hosts may read and write it.
   */
  CREWSHIP_CACHE_REGISTRY: z
    .string()
    .refine((prefix) => parseOciReference(`${prefix}/images`)?.tag === 'latest', 'must be host[:port][/path]')
    .refine((prefix) => /[.:]|^localhost(\/|$)/.test(prefix.split('/')[0]!), 'must begin with the registry’s host')
    .optional(),
  CREWSHIP_CACHE_REGISTRY_USERNAME: z.string().min(1).max(255).optional(),
  CREWSHIP_CACHE_REGISTRY_PASSWORD: z.string().min(1).max(16_384).optional(),
  /** Registries, besides those of this machine, that features are read from without TLS. */
  CREWSHIP_PLAIN_HTTP_REGISTRIES: commaSeparated,
  /** `always`: base images are pulled although they are here, so that nobody gets what only others may read. */
  CREWSHIP_PULL_POLICY: z.enum(['always', 'missing']).default('always'),
  /** Certificates of authorities, PEM, that are trusted while images are built, besides the public ones. */
  CREWSHIP_EXTRA_CA_FILE: z.string().min(1).max(1_024).optional(),
  CREWSHIP_BUILD_MEMORY_MB: z.coerce.number().int().min(256).max(1_048_576).default(4_096),
  CREWSHIP_BUILD_CPUS: z.coerce.number().min(0.1).max(1_024).default(2),
  /** The mise program for Linux containers; default: the one installed with Crewship, where there is one. */
  CREWSHIP_MISE_PATH: z.string().min(1).max(1_024).optional(),
  /** Names of tools to what mise is asked for, with its backend: `{"prettier": "npm:prettier"}`. */
  CREWSHIP_MISE_ALIASES: jsonMap,
  /** Variables for mise while it installs: mirrors of its sources. Whatever it installs can read them. */
  CREWSHIP_MISE_ENV: publicMap,
  /** Proxies, for registries and while images are built. */
  HTTP_PROXY: z.string().max(2_000).optional(),
  HTTPS_PROXY: z.string().max(2_000).optional(),
  NO_PROXY: z.string().max(4_000).optional(),
  /** Operator's directory of programs for the COMMAND adapter, mounted read-only at /opt/crewship/tools. */
  CREWSHIP_TOOLS_DIR: z.string().min(1).max(1_024).optional(),
  /** Builds of images that may go on at once on this host, beside its runs. */
  CREWSHIP_HOST_BUILDS: z.coerce.number().int().min(1).max(1_000).default(4),
  /** How often in a row a step of a build may fail of what may pass before the build fails of it. */
  CREWSHIP_BUILD_STEP_TRIES: z.coerce.number().int().min(1).max(100).default(12),
  /** Whether a host removes the images that no crew has, or only names them in its log. */
  CREWSHIP_CACHE_GC_AUTODELETE: boolean.default(false),
  /** A workspace's provisionings that may be under way at once, and be started in a minute. */
  CREWSHIP_PROVISIONS_AT_ONCE: z.coerce.number().int().min(1).max(100_000).default(32),
  CREWSHIP_PROVISIONS_PER_MINUTE: z.coerce.number().int().min(1).max(1_000_000).default(120),
  /**
   * Agent tools of the host, mounted read-only into crew containers; without them those of the crew's image are used.
   */
  CREWSHIP_CLAUDE_CODE_PATH: z.string().min(1).max(1_024).optional(),
  CREWSHIP_OPENCODE_PATH: z.string().min(1).max(1_024).optional(),
  /** Prices of models, as `platform/rate-card/rate-card.json` has them; looked at again when it changes. */
  CREWSHIP_RATE_CARD_FILE: z.string().min(1).max(1_024).optional(),
  /**
   * Where calls of models go, as the providers' own clients take it: OpenAI's with its version, Anthropic's without.
   */
  CREWSHIP_ANTHROPIC_URL: z.url({ protocol: /^https?$/ }).default('https://api.anthropic.com'),
  CREWSHIP_OPENAI_URL: z.url({ protocol: /^https?$/ }).default('https://api.openai.com/v1'),
  /** Bases of the APIs by which pull and merge requests of issues are read. */
  CREWSHIP_GITHUB_URL: z.url({ protocol: /^https?$/ }).default('https://api.github.com'),
  CREWSHIP_GITLAB_URL: z.url({ protocol: /^https?$/ }).default('https://gitlab.com/api/v4'),
  /** Ports, comma-separated, that crews of network_mode `restricted` may reach. */
  CREWSHIP_EGRESS_PORTS: commaSeparated
    .transform((ports) => (ports.length === 0 ? ['80', '443'] : ports))
    .pipe(
      z.array(
        z
          .string()
          .regex(/^\d{1,5}$/)
          .transform(Number)
          .pipe(z.int().min(1).max(65_535)),
      ),
    ),
  /** Addresses and networks, comma-separated, that crews may reach though they are not public. */
  CREWSHIP_EGRESS_ALLOW_PRIVATE: commaSeparated.pipe(
    z.array(
      z.string().transform((text, ctx) => {
        const network = parseNetwork(text);
        if (network === null) ctx.addIssue('must be addresses and networks');
        return network ?? z.NEVER;
      }),
    ),
  ),
  /**
   * Places, comma-separated `host:port`, that the control plane may call for tenants though they are not public: of a
   * closed network. A name is allowed as it is written in the URL, whatever it resolves to.
   */
  CREWSHIP_OUTBOUND_ALLOW: commaSeparated.pipe(
    z.array(
      z.string().transform((text, ctx) => {
        const place = parseAuthority(text.trim(), null);
        if (place === null) ctx.addIssue('must be places as host:port or [address]:port');
        return place ?? z.NEVER;
      }),
    ),
  ),
  /** Bucket of the store for blobs, in a service that speaks S3; without one they are files. */
  CREWSHIP_BLOB_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')
    .optional(),
  /** Directory for blobs, shared by all processes of the instance; default: `blobs` in the data directory. */
  CREWSHIP_BLOB_DIR: z.string().min(1).max(1_024).optional(),
  /** Its server, where that is not the cloud's own. */
  CREWSHIP_BLOB_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  CREWSHIP_BLOB_S3_REGION: z.string().min(1).max(64).default('us-east-1'),
  /** Before each key; one for each instance that shares the bucket. */
  CREWSHIP_BLOB_S3_PREFIX: z
    .string()
    .regex(/^([A-Za-z0-9_-]{1,64}\/){0,8}$/, 'must be names that each end in a slash')
    .default('crewship/'),
  CREWSHIP_BLOB_S3_ACCESS_KEY_ID: z.string().min(1).max(256).optional(),
  CREWSHIP_BLOB_S3_SECRET_ACCESS_KEY: z.string().min(1).max(256).optional(),
  /** What the blobs of one workspace may take. */
  CREWSHIP_BLOB_QUOTA_MB: z.coerce.number().int().min(1).max(1_000_000_000).default(10_240),
  /** Node binary mounted read-only into crew containers; default: the one that runs this process. */
  CREWSHIP_NODE_BINARY: z.string().min(1).max(1_024).optional(),
  /** 64 hex characters: the first key of the ring. Newer ones are `ENCRYPTION_KEY_V2`, `_V3`… */
  ENCRYPTION_KEY: encryptionKey.optional(),
  CREWSHIP_INTERNAL_TOKEN: z.string().min(32).max(256).optional(),
  /** The master before this one, accepted while it is set; `derived`: the one that comes of ENCRYPTION_KEY. */
  CREWSHIP_INTERNAL_TOKEN_PREVIOUS: z.union([z.literal('derived'), z.string().min(32).max(256)]).optional(),
  /** What the first user shows who does not come from this machine. */
  CREWSHIP_SETUP_TOKEN: z.string().min(16).max(256).optional(),
  CREWSHIP_ALLOW_SIGNUP: boolean.default(false),
  /** Key that tokens of the tier ADMIN are stored with, at least 64 hex characters; without one there are none. */
  CREWSHIP_ADMIN_TOKEN_KEY: z
    .string()
    .regex(/^([0-9a-fA-F]{2}){32,128}$/, 'must be 64 to 256 hex characters')
    .optional(),
  /** Mail server; without one nothing is sent, and links are shown to those who made them. */
  CREWSHIP_SMTP_URL: smtpServer.optional(),
  /** Whom mails are from: an address that the server lets us use. */
  CREWSHIP_MAIL_FROM: z.email().max(254).optional(),
  CREWSHIP_SHUTDOWN_PHASE_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).default(10_000),
});

export type Config = Readonly<
  Omit<z.infer<typeof environment>, 'CREWSHIP_DATA_DIR'> & {
    CREWSHIP_DATA_DIR: string;
    crewsDir: string;
    socketsDir: string;
    runtimeDir: string;
    blobsDir: string;
    /** Keys that secrets are sealed with, by version; the highest seals. */
    encryptionKeys: ReadonlyMap<number, string>;
  }
>;

/** The configuration is wrong; the message names each variable and its rule. */
export class ConfigError extends Error {}

/**
 * Parses the environment. Throws {@link ConfigError} naming every wrong variable; never prints a value, as it may be
 * a secret.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const result = environment.safeParse(env);
  const { keys, problems: keyProblems } = encryptionKeysOf(env);
  const problems = [...keyProblems, ...(result.success ? mailProblemsOf(result.data) : [])];
  if (!result.success || problems.length > 0) {
    const lines = (result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`invalid configuration\n${[...lines, ...problems].join('\n')}`);
  }
  const dataDir = path.resolve(result.data.CREWSHIP_DATA_DIR);
  const hostDir = path.join(dataDir, 'hosts', result.data.CREWSHIP_HOST_ID);
  return Object.freeze({
    ...result.data,
    CREWSHIP_DATA_DIR: dataDir,
    /** Per crew, on its Docker host: run directories and workspace binds. */
    crewsDir: path.join(hostDir, 'crews'),
    /** Per crew, on its Docker host: the directory that holds the crew's API socket. */
    socketsDir: path.join(hostDir, 'sockets'),
    /** Programs that crew containers see at /opt/crewship/runtime. */
    runtimeDir: path.join(hostDir, 'runtime'),
    blobsDir: path.resolve(result.data.CREWSHIP_BLOB_DIR ?? path.join(dataDir, 'blobs')),
    encryptionKeys: keys,
  });
}

/** Mails need a sender, and their links an address that nobody but the operator decides on. */
function mailProblemsOf(settings: z.infer<typeof environment>): readonly string[] {
  if (settings.CREWSHIP_SMTP_URL === undefined) return [];
  const needed = ['CREWSHIP_MAIL_FROM', 'CREWSHIP_PUBLIC_URL'] as const;
  return needed
    .filter((name) => settings[name] === undefined)
    .map((name) => `${name}: must be set beside CREWSHIP_SMTP_URL`);
}

const KEY_VARIABLE = /^ENCRYPTION_KEY(?:_V(.*))?$/;

function encryptionKeysOf(env: Readonly<Record<string, string | undefined>>): {
  keys: ReadonlyMap<number, string>;
  problems: readonly string[];
} {
  const keys = new Map<number, string>();
  const problems: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    const match = KEY_VARIABLE.exec(name);
    if (match === null || value === undefined) continue;
    const version = match[1] ?? '1';
    if (match[1] !== undefined && !/^([2-9]|[1-9][0-9]{1,2})$/.test(version)) {
      problems.push(`${name}: versions are 2 to 999; ENCRYPTION_KEY is the first`);
    } else if (encryptionKey.safeParse(value).success) keys.set(Number(version), value);
    // The first key is in the schema, which names it.
    else if (match[1] !== undefined) problems.push(`${name}: must be 64 hex characters`);
  }
  return { keys, problems };
}
