import { LABEL } from '../activities/crews/containers/crew-container-options.ts';
import { findAgentTools } from '../activities/crews/containers/find-agent-tools.ts';
import { canMigrateConnections, readNofileHardLimit } from '../activities/crews/containers/host-limits.ts';
import { createBridgeTrafficWatch } from '../activities/crews/containers/bridge-traffic.ts';
import { createEgressFilter } from '../activities/crews/containers/egress-filter.ts';
import { createHelperImage } from '../activities/crews/containers/helper-image.ts';
import { removeOldContainers } from '../activities/crews/containers/remove-old-containers.ts';
import { realHostDirs } from '../activities/crews/containers/crew-host-paths.ts';
import { createCrewHostActivities } from '../activities/crews/crews/crew-host-activities.ts';
import { findOutdatedSidecars } from '../activities/crews/crews/outdated-sidecars.ts';
import { watchCrewContainers } from '../activities/crews/crews/watch-crew-containers.ts';
import {
  createBuildCleanActivities,
  createBuildHostActivities,
} from '../activities/crews/provisioning/build-activities.ts';
import { createBuildDeps } from '../activities/crews/provisioning/create-build-deps.ts';
import { openImageExchange } from '../activities/crews/provisioning/exchange/open-image-exchange.ts';
import { createStepsUnderWay } from '../activities/crews/provisioning/steps-under-way.ts';
import { keepSweepingImages } from '../activities/crews/provisioning/keep-sweeping-images.ts';
import { createImageSweeper } from '../activities/crews/provisioning/sweep-images.ts';
import { watchCachedImages } from '../activities/crews/provisioning/watch-cached-images.ts';
import { removeLeftCommands } from '../activities/vault/keeper/keeper-container.ts';
import { createKeeperHostActivities } from '../activities/vault/keeper/keeper-host-activities.ts';
import { reconcileContainers } from '../activities/instance/reconcile/reconcile-containers.ts';
import { RECONCILE_EVERY_MS } from '../activities/instance/reconcile/reconciler.ts';
import { installExecPrograms } from '../activities/work/runs/exec/exec-programs.ts';
import { createAttemptGroups } from '../activities/work/runs/groups/attempt-groups.ts';
import { createRunHostActivities } from '../activities/work/runs/run-host-activities.ts';
import { openBlobStore } from '../platform/blob-store/open-blob-store.ts';
import { loadKeyRing } from '../platform/crypto/load-key-ring.ts';
import { createDockerClient } from '../platform/docker/docker-client.ts';
import { createDockerEvents } from '../platform/docker/docker-events.ts';
import { loadInternalTokens } from '../platform/internal-tokens/load-internal-tokens.ts';
import { createWorkflowLookup } from '../platform/temporal/workflow-lookup.ts';
import { buildTaskQueue, hostTaskQueue } from '../platform/temporal/workflow-starter.ts';
import { bundleSidecar } from '../sidecar/bundle.ts';
import { beatHost } from './process/beat-host.ts';
import { keepAnswering } from './process/keep-answering.ts';
import { keepCrewData } from './process/keep-crew-data.ts';
import { keepReconciling } from './process/keep-reconciling.ts';
import { openWorkerProcess } from './process/open-process.ts';
import { runWorker } from './process/run-worker.ts';

/** Process: what happens on one Docker host. One beside each daemon, on that host's own queue. */
const worker = await openWorkerProcess('docker-host');
const { config, db, log, shutdown } = worker;
const docker = createDockerClient(config.DOCKER_HOST);
const stackId = config.CREWSHIP_STACK_ID;
const hostId = config.CREWSHIP_HOST_ID;
const tokens = loadInternalTokens(config);
const { crewsDir, socketsDir, runtimeDir } = config;
const dirs = await realHostDirs({ crewsDir, socketsDir, runtimeDir });
const [programs, sidecar, nofileHardLimit, migratesConnections, agentTools] = await Promise.all([
  installExecPrograms(config.runtimeDir),
  bundleSidecar(config.runtimeDir),
  readNofileHardLimit(),
  canMigrateConnections(),
  findAgentTools({ claude: config.CREWSHIP_CLAUDE_CODE_PATH, opencode: config.CREWSHIP_OPENCODE_PATH }),
]);
const settings = {
  ...dirs,
  nodeBinary: config.CREWSHIP_NODE_BINARY ?? process.execPath,
  ...(config.CREWSHIP_TOOLS_DIR === undefined ? {} : { toolsDir: config.CREWSHIP_TOOLS_DIR }),
  networkPool: config.CREWSHIP_CREW_NETWORK_POOL,
  nofileHardLimit,
  migratesConnections,
  agentTools,
  supervisor: programs.supervisor,
};
const helperReference = config.CREWSHIP_HELPER_IMAGE ?? config.CREWSHIP_RUNTIME_IMAGE;
const pinnedImage = (reference: string) =>
  createHelperImage({ docker, reference, mirrors: config.CREWSHIP_REGISTRY_MIRRORS });
const helperImage = pinnedImage(helperReference);
const filterImage = pinnedImage(config.CREWSHIP_FILTER_IMAGE ?? helperReference);
const egressFilter = createEgressFilter({
  docker,
  stackId,
  filterImage,
  helperImage,
  allowed: config.CREWSHIP_EGRESS_ALLOW_PRIVATE,
  proxies: [config.HTTP_PROXY, config.HTTPS_PROXY].filter((url) => url !== undefined),
});
// Before any crew can have this host pull images: what the reference names now is what helpers are made of.
await helperImage.id().catch((error: unknown) => log.warn({ err: error }, 'the helpers’ image is not here yet'));
// The table itself is put in place by the first that needs it.
await filterImage.id().catch((error: unknown) => log.warn({ err: error }, 'builds and open networks are refused'));
const identity = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const groups = createAttemptGroups({
  docker,
  helperImage,
  stackId,
  nodeBinary: settings.nodeBinary,
  runtimeDir: dirs.runtimeDir,
  program: programs.groups,
});
// What runs publish is kept where the API finds it.
const blobs = openBlobStore(config);
const attempts = { docker, dirs, programs, groups, identity };
// Before their attempts are followed: they are lost with them.
const removedContainers = await removeOldContainers(docker, stackId).catch(() => 0);
if (removedContainers > 0) log.warn({ removed: removedContainers }, 'crew containers of an older release were removed');
const bridgeTraffic = createBridgeTrafficWatch({ db, docker, egressFilter, stackId, log });
const events = createDockerEvents({
  docker,
  label: `${LABEL.stack}=${stackId}`,
  onDisconnect: (error) => log.warn({ err: error }, 'the Docker event stream broke'),
});

const exchange = openImageExchange({ config, db, docker, log });
const building = {
  db,
  log,
  bus: worker.bus,
  build: await createBuildDeps(config, docker, egressFilter),
  underWay: createStepsUnderWay(),
  keyRing: await loadKeyRing(config),
  exchange,
  bridgeTraffic,
  stepTries: config.CREWSHIP_BUILD_STEP_TRIES,
};

// Cancellations ride on heartbeats: the default throttle would hold them back for most of the heartbeat timeout.
const maxHeartbeatThrottleInterval = '1s';
const hostQueue = {
  taskQueue: hostTaskQueue(hostId),
  activities: {
    ...createCrewHostActivities({
      db,
      docker,
      settings,
      identity,
      helperImage,
      egressFilter,
      bridgeTraffic,
      hostId,
      stackId,
      defaultImage: config.CREWSHIP_RUNTIME_IMAGE,
      images: building.build.settings,
      registryPlaces: building.build.registryPlaces,
      keyRing: building.keyRing,
      sidecarFile: sidecar.file,
      tokens,
      events,
      attempts,
    }),
    ...createRunHostActivities({
      ...{ ...attempts, db, log, events, tokens },
      blobs: { store: blobs, quotaBytes: config.CREWSHIP_BLOB_QUOTA_MB * 1_048_576 },
    }),
    ...createBuildCleanActivities(building),
    ...createKeeperHostActivities({ db, docker, settings, identity, keyRing: building.keyRing, hostId, stackId }),
  },
  maxHeartbeatThrottleInterval,
  maxConcurrentActivityTaskExecutions: config.CREWSHIP_HOST_SLOTS * 2 + 8,
};
const buildQueue = {
  taskQueue: buildTaskQueue(hostId),
  activities: createBuildHostActivities(building),
  maxHeartbeatThrottleInterval,
  maxConcurrentActivityTaskExecutions: config.CREWSHIP_HOST_BUILDS,
};
// Before this worker takes any: what runs was begun by one that is gone.
await removeLeftCommands(docker, { stackId, all: true }).catch((error: unknown) =>
  log.warn({ err: error }, 'commands that were left are not removed yet'),
);
await runWorker(worker, hostQueue, buildQueue);
const watcher = watchCrewContainers({ db, docker, events, log, hostId, stackId });
const images = watchCachedImages({ db, docker, events, log, hostId, stackId });
const sweeping = keepSweepingImages({
  sweeper: createImageSweeper({ db, docker, log, hostId, stackId, autodelete: config.CREWSHIP_CACHE_GC_AUTODELETE }),
  bus: worker.bus,
  hostId,
  log,
});
const stopping = new AbortController();
const workflows = createWorkflowLookup(worker.temporal.client, stopping.signal);
const reconciling = keepReconciling({
  async turn(atBoot) {
    await egressFilter.sweep();
    // Somebody may have emptied the tables of the kernel since: what runs is filtered again, not only what starts.
    if (await bridgeTraffic.collect())
      await egressFilter
        .ensure()
        .catch((error: unknown) => log.error({ err: error }, 'what leaves bridges is not filtered'));
    await watcher.compareAll();
    if (atBoot) await findOutdatedSidecars({ db, tokens, hostId, sidecarFile: sidecar.file });
    await images.compareAll();
    void exchange?.offerAll();
    await removeLeftCommands(docker, { stackId, all: false });
    await reconcileContainers({ db, docker, attempts, workflows, stackId, hostId, log });
    return true;
  },
  everyMs: RECONCILE_EVERY_MS,
  log,
  stopping,
});
shutdown.addPhase('reconciler', () => reconciling.stop());
shutdown.addPhase('container watch', () => watcher.close());
shutdown.addPhase('image watch', () => images.close());
shutdown.addPhase('image exchange', () => exchange?.close());
shutdown.addPhase('image sweeper', () => sweeping.stop());
shutdown.addPhase('docker events', () => events.close());
shutdown.addPhase('blob store', async () => blobs.close());
shutdown.addPhase('attempt groups', async () => groups.close());
const heartbeat = await beatHost({
  db,
  docker,
  log,
  hostId,
  slots: config.CREWSHIP_HOST_SLOTS,
  dataDir: dirs.crewsDir,
  minFreePercent: config.CREWSHIP_HOST_DISK_MIN_FREE_PERCENT,
});
const HOUR_MS = 3_600_000;
const crewData = keepCrewData({
  db,
  docker,
  settings,
  identity,
  helperImage,
  log,
  hostId,
  stackId,
  crewKeptMs: config.CREWSHIP_CREW_DATA_KEPT_HOURS * HOUR_MS,
  runKeptMs: config.CREWSHIP_RUN_DIRECTORIES_KEPT_HOURS * HOUR_MS,
  warnBytes: config.CREWSHIP_CREW_DISK_WARN_MB * 1_048_576,
});
const answering = await keepAnswering({
  db,
  docker,
  settings,
  identity,
  helperImage,
  groups,
  hostId,
  stackId,
  log,
  bus: worker.bus,
});
shutdown.addPhase('calls of the API', () => answering.stop());
shutdown.addPhase('crew data', () => crewData.stop());
shutdown.addPhase('host heartbeat', () => heartbeat.stop());
worker.ready();
