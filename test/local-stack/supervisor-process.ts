import type { PartName } from '../../deploy/local/services/part.ts';
import { startServices } from '../../deploy/local/services/start-services.ts';

/** A supervisor in a process of its own, for tests that kill it: `node supervisor-process.ts <data folder> <parts>`. */
const [dataDir = '', parts = ''] = process.argv.slice(2);
const services = await startServices({ dataDir, parts: parts.split(',') as PartName[], log: () => {} });
process.send?.({ databaseUrl: services.databaseUrl, redisUrl: services.redisUrl });
