import os from 'node:os';
import { z } from 'zod';
import { effectsWith } from '../commands/effects.ts';
import { createLedgerWriter } from '../commands/group-commit/ledger-writer.ts';
import { createLlmClient } from '../commands/money/llm/llm-client.ts';
import { createCodeHosts } from '../platform/code-hosts/code-hosts.ts';
import { createCredentialTester } from '../commands/vault/credentials/credential-tester.ts';
import { openDatabase } from '../db/kernel/database.ts';
import { readLogLevel } from '../db/instance/admin/log-level-store.ts';
import { createCommittedWork } from '../db/outbox/committed-work.ts';
import { JOB_KINDS } from '../domain/work/jobs/job-kinds.ts';
import { createJobRegistry } from '../domain/work/jobs/job-registry.ts';
import { openBlobStore } from '../platform/blob-store/open-blob-store.ts';
import { createWakeBus } from '../platform/bus/wake-bus.ts';
import { ConfigError, parseConfig } from '../platform/config/config.ts';
import { productVersion } from '../platform/config/product-version.ts';
import { loadKeyRing } from '../platform/crypto/load-key-ring.ts';
import { loadInternalTokens, loadSocketTokenKey } from '../platform/internal-tokens/load-internal-tokens.ts';
import { createProvisionLimiter } from './crews/provisioning/provision-limiter.ts';
import { createRateCounter } from '../platform/limits/rate-counter.ts';
import { createWindowCounter } from '../platform/limits/window-counter.ts';
import { readLicense } from '../platform/license/read-license.ts';
import { openRateCard } from '../platform/rate-card/rate-card-file.ts';
import { followLogLevel } from '../platform/bus/follow-log-level.ts';
import { createPresence } from '../platform/presence/presence.ts';
import { createQueueCounts } from '../platform/queues/queue-counts.ts';
import { QUEUE_NAMES } from '../platform/queues/queue-prefix.ts';
import { createLogger } from '../platform/logging/logger.ts';
import { createShutdown, shutdownOnSignals } from '../platform/shutdown/shutdown.ts';
import { createTemporalClient } from '../platform/temporal/temporal-client.ts';
import { createApp } from './app.ts';
import { createDependencyProbes } from './instance/health/dependency-probes.ts';
import { startInternalRole } from './internal-role.ts';
import { ATTEMPT_WINDOW_MS, createAttemptLimiter } from './http/limits/attempt-limiter.ts';
import { createRequestLimiter, NO_REQUEST_LIMIT, REQUEST_WINDOW_MS } from './http/limits/request-limiter.ts';
import { createProvisioningCatalogs } from './crews/provisioning/provisioning-catalogs.ts';
import { waiterCapacity } from './http/waits/waiter-capacity.ts';

/** The API process: reads the configuration, opens what the API needs, listens, and takes it all down in order. */
async function main(): Promise<void> {
  const config = parseConfig(process.env);
  const log = createLogger({ name: 'api', level: config.CREWSHIP_LOG_LEVEL });
  const shutdown = createShutdown({ log, phaseTimeoutMs: config.CREWSHIP_SHUTDOWN_PHASE_TIMEOUT_MS });
  shutdownOnSignals(shutdown);

  const license = readLicense({ path: config.CREWSHIP_LICENSE_FILE, publicKey: config.CREWSHIP_LICENSE_PUBLIC_KEY });
  const database = await openDatabase({
    effects: effectsWith(license),
    appUrl: config.CREWSHIP_APP_DATABASE_URL,
    systemUrl: config.CREWSHIP_SYSTEM_DATABASE_URL,
    writePoolSize: config.CREWSHIP_WRITE_POOL_SIZE,
    readPoolSize: config.CREWSHIP_READ_POOL_SIZE,
    systemPoolSize: config.CREWSHIP_SYSTEM_POOL_SIZE,
    applicationName: 'crewship-api',
    onConnectionError: (error) => log.warn({ err: error }, 'a database connection broke'),
  });
  const keyRing = await loadKeyRing(config);
  const bus = createWakeBus({ redisUrl: config.REDIS_URL, namespace: config.CREWSHIP_STACK_ID, log });
  const temporal = createTemporalClient(config);
  const work = createCommittedWork({
    db: database,
    temporal: temporal.client,
    bus,
    log,
    owner: `api-${os.hostname()}-${process.pid}`,
  });
  work.start();
  void followLogLevel({ log, bus, read: () => readLogLevel(database.systemReads) });

  if (config.CREWSHIP_API_ROLE !== 'internal') {
    const counter = createWindowCounter({
      redisUrl: config.REDIS_URL,
      namespace: config.CREWSHIP_STACK_ID,
      windowMs: ATTEMPT_WINDOW_MS,
      log,
    });
    const rates = createRateCounter({
      redisUrl: config.REDIS_URL,
      namespace: config.CREWSHIP_STACK_ID,
      windowMs: REQUEST_WINDOW_MS,
      log,
    });
    const presence = createPresence({ redisUrl: config.REDIS_URL, namespace: config.CREWSHIP_STACK_ID, log });
    const perMinute = config.CREWSHIP_REQUESTS_PER_MINUTE;
    const credentialTester = createCredentialTester({
      urls: { anthropic: config.CREWSHIP_ANTHROPIC_URL, openai: config.CREWSHIP_OPENAI_URL },
      allowed: config.CREWSHIP_OUTBOUND_ALLOW,
    });
    const codeHosts = createCodeHosts({ github: config.CREWSHIP_GITHUB_URL, gitlab: config.CREWSHIP_GITLAB_URL });
    const catalogs = createProvisioningCatalogs({
      featuresUrl: config.CREWSHIP_FEATURE_CATALOG_URL,
      runtimesUrl: config.CREWSHIP_RUNTIME_CATALOG_URL,
      log,
    });
    const blobs = openBlobStore(config);
    const rateCard = openRateCard({ file: config.CREWSHIP_RATE_CARD_FILE, log });
    const ledger = createLedgerWriter({ db: database, log });
    const llm = createLlmClient({
      ...{ db: database, keyRing, ledger, rateCard, allowed: config.CREWSHIP_OUTBOUND_ALLOW },
      urls: { anthropic: config.CREWSHIP_ANTHROPIC_URL, openai: config.CREWSHIP_OPENAI_URL },
    });
    const queues = createQueueCounts({
      ...{ redisUrl: config.REDIS_URL, stackId: config.CREWSHIP_STACK_ID, names: QUEUE_NAMES, log },
    });
    const { server } = await createApp({
      database,
      keyRing,
      log,
      probes: createDependencyProbes({
        database,
        pingRedis: () => bus.ping(),
        pingTemporal: (timeoutMs) => temporal.ping(timeoutMs),
      }),
      license,
      build: {
        version: productVersion(),
        commit: config.CREWSHIP_BUILD_COMMIT ?? null,
        time: config.CREWSHIP_BUILD_TIME ?? null,
      },
      posture: {
        production: config.CREWSHIP_MODE === 'production',
        publicUrl: config.CREWSHIP_PUBLIC_URL ?? null,
        signupOpen: config.CREWSHIP_ALLOW_SIGNUP,
        internalOpenToAny: config.CREWSHIP_INTERNAL_ALLOW_ANY,
        egressToPrivateNetworks: config.CREWSHIP_EGRESS_ALLOW_PRIVATE.length > 0,
        trustedProxies: config.CREWSHIP_TRUSTED_PROXIES,
      },
      allowSignup: config.CREWSHIP_ALLOW_SIGNUP,
      firstUser: {
        isOpen: config.CREWSHIP_MODE === 'local',
        setupToken: config.CREWSHIP_SETUP_TOKEN ?? null,
      },
      ...(config.CREWSHIP_ADMIN_TOKEN_KEY === undefined ? {} : { adminTokenKey: config.CREWSHIP_ADMIN_TOKEN_KEY }),
      sendsMail: config.CREWSHIP_SMTP_URL !== undefined,
      presence,
      attempts: createAttemptLimiter({ counter, perMinute: config.CREWSHIP_ATTEMPTS_PER_MINUTE }),
      requests: perMinute === 0 ? NO_REQUEST_LIMIT : createRequestLimiter({ counter: rates, perMinute }),
      maxRequestsUnderWay: config.CREWSHIP_MAX_REQUESTS_UNDER_WAY,
      slowRequestMs: config.CREWSHIP_SLOW_REQUEST_MS,
      trustedProxies: config.CREWSHIP_TRUSTED_PROXIES,
      outboundAllowed: config.CREWSHIP_OUTBOUND_ALLOW,
      catalogs,
      credentialTester,
      codeHosts,
      images: {
        settings: { miseAliases: config.CREWSHIP_MISE_ALIASES, mirrors: config.CREWSHIP_REGISTRY_MIRRORS },
        concurrent: config.CREWSHIP_PROVISIONS_AT_ONCE,
      },
      provisions: createProvisionLimiter({ counter, perMinute: config.CREWSHIP_PROVISIONS_PER_MINUTE }),
      jobKinds: createJobRegistry(z, JOB_KINDS),
      queueStats: { queues, workflows: temporal },
      logLevel: config.CREWSHIP_LOG_LEVEL,
      blobs: { store: blobs, quotaBytes: config.CREWSHIP_BLOB_QUOTA_MB * 1_048_576 },
      rateCard,
      llm,
      bus,
      socketTokenKey: loadSocketTokenKey(config),
      origins: {
        allowedOrigins: config.CREWSHIP_ALLOWED_ORIGINS,
        allowLocalhost: config.CREWSHIP_MODE === 'local',
      },
      portsHost: {
        hostId: config.CREWSHIP_HOST_ID,
        socketsDir: config.socketsDir,
        tokens: loadInternalTokens(config),
      },
      maxLiveClients: waiterCapacity(config.CREWSHIP_MAX_LIVE_CLIENTS, log),
      ...(config.CREWSHIP_PUBLIC_URL === undefined ? {} : { publicUrl: config.CREWSHIP_PUBLIC_URL }),
    });
    shutdown.addPhase('public listener', () => server.close());
    shutdown.addPhase('attempt counter', () => counter.close());
    shutdown.addPhase('request counter', () => rates.close());
    shutdown.addPhase('presence', () => presence.close());
    shutdown.addPhase('queue counts', () => queues.close());
    shutdown.addPhase('blob store', () => blobs.close());
    shutdown.addPhase('catalogs', () => catalogs.close());
    shutdown.addPhase('credential tests', () => credentialTester.close());
    shutdown.addPhase('code hosts', () => codeHosts.close());
    shutdown.addPhase('models', () => llm.close());
    shutdown.addPhase('ledger', () => ledger.close());
    const address = await server.listen({ host: config.CREWSHIP_LISTEN_HOST, port: config.CREWSHIP_LISTEN_PORT });
    log.info({ address }, 'listening');
  }

  if (config.CREWSHIP_API_ROLE !== 'public') {
    const internal = await startInternalRole({
      database,
      keyRing,
      bus,
      tokens: loadInternalTokens(config),
      socketsDir: config.socketsDir,
      host: { id: config.CREWSHIP_HOST_ID, crewsDir: config.crewsDir },
      publicUrl: config.CREWSHIP_PUBLIC_URL,
      maxWaiters: config.CREWSHIP_MAX_WAITERS,
      maxWaitingRuns: config.CREWSHIP_HOST_WAITING,
      openingLimits: {
        questions: config.CREWSHIP_RUN_MAX_QUESTIONS,
        requests: config.CREWSHIP_RUN_MAX_REQUESTS,
        issues: config.CREWSHIP_RUN_MAX_ISSUES,
        missions: config.CREWSHIP_RUN_MAX_MISSIONS,
        messages: config.CREWSHIP_RUN_MAX_MESSAGES,
      },
      rateCardFile: config.CREWSHIP_RATE_CARD_FILE,
      ...(config.CREWSHIP_INTERNAL_LISTEN_PORT === undefined
        ? {}
        : {
            network: {
              host: config.CREWSHIP_INTERNAL_LISTEN_HOST,
              port: config.CREWSHIP_INTERNAL_LISTEN_PORT,
              allowAny: config.CREWSHIP_INTERNAL_ALLOW_ANY,
              trustedProxies: config.CREWSHIP_INTERNAL_TRUSTED_PROXIES,
            },
          }),
      egress: {
        ports: config.CREWSHIP_EGRESS_PORTS,
        allowPrivate: config.CREWSHIP_EGRESS_ALLOW_PRIVATE,
        providerUrls: { anthropic: config.CREWSHIP_ANTHROPIC_URL, openai: config.CREWSHIP_OPENAI_URL },
      },
      otherClients: config.CREWSHIP_API_ROLE === 'both' ? config.CREWSHIP_MAX_LIVE_CLIENTS : 0,
      log,
    });
    shutdown.addPhase('crew sockets', () => internal.close());
  }

  // Phases run in the order they are added: listeners first, then what they use.
  shutdown.addPhase('outbox relay', () => work.stop());
  shutdown.addPhase('wake bus', () => bus.close());
  shutdown.addPhase('temporal client', () => temporal.close());
  shutdown.addPhase('database', () => database.end());
  process.send?.({ type: 'ready' });
}

main().catch((error: unknown) => {
  // No logger exists before the configuration does.
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
});
