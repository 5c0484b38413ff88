/**
 * Where the services are that tests talk to. `npm test` starts them once and passes these; a developer may point them
 * at a stack of their own.
 */
export const TEST_REDIS_URL = process.env.CREWSHIP_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';
export const TEST_TEMPORAL_ADDRESS = process.env.CREWSHIP_TEST_TEMPORAL_ADDRESS ?? '127.0.0.1:7233';
export const TEST_DOCKER_HOST = process.env.CREWSHIP_TEST_DOCKER_HOST ?? 'unix:///var/run/docker.sock';
export const TEST_RUNTIME_IMAGE = process.env.CREWSHIP_TEST_RUNTIME_IMAGE ?? 'crewship/runtime-base:bookworm';
/** With `nft`, for what filters builds' and crews' bridges. */
export const TEST_FILTER_IMAGE = process.env.CREWSHIP_TEST_FILTER_IMAGE ?? 'crewship/egress-filter:local';
/** Why Docker tests cannot run here; undefined when they can. */
export const DOCKER_MISSING = process.env.CREWSHIP_TEST_DOCKER_MISSING;
