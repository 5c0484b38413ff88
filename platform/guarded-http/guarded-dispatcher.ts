import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { parseNetwork } from '../../domain/kernel/addresses/ip-address.ts';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import { fixedLookup } from './fixed-lookup.ts';
import { createPublicAddresses, type Resolve } from './public-addresses.ts';

/** Where calls may go although it is not public. */
export interface OutboundPlace {
  /** A lower-case name or an address without brackets, as the URL that names it has it. */
  readonly host: string;
  readonly port: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_MS = 4_000;
const LONGEST_IDLE_MS = 30_000;
/** Connections to one origin at a time; further calls of it wait for one. */
const CONNECTIONS_PER_ORIGIN = 64;
const EVERYWHERE = ['0.0.0.0/0', '::/0'].map((text) => parseNetwork(text)!);

/** In whose share a call's name is looked up: a dispatcher makes connections, and tells its connector of no call. */
const share = new AsyncLocalStorage<string>();

/** Makes a call whose names are looked up in this share of all look-ups. */
export function inShareOf<Result>(whose: string, call: () => Result): Result {
  return share.run(whose, call);
}

/** An address has one spelling in URLs, whichever the operator chose. */
function nameOf({ host, port }: OutboundPlace): string {
  return `${host.includes(':') ? new URL(`http://[${host}]`).hostname.slice(1, -1) : host} ${port}`;
}

/**
 * Connections to public addresses, and to the places that an operator names. What a name resolves to is judged for each
 * connection, and the connection is made to what was judged: the name has no second chance to resolve to something
 * else. A request fails with `address_refused` where no address may be called, with `egress_failed` where there is
 * none.
 */
export function createGuardedDispatcher(options: {
  readonly allowed: readonly OutboundPlace[];
  readonly resolve?: Resolve | undefined;
  /** Ends the look-ups under way. */
  readonly signal: AbortSignal;
}): Dispatcher {
  const places = new Set(options.allowed.map(nameOf));
  const open = createPublicAddresses({ allowed: [], resolve: options.resolve });
  const named = createPublicAddresses({ allowed: EVERYWHERE, resolve: options.resolve });

  const connect: buildConnector.connector = (target, callback) => {
    const host = target.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
    const addresses = places.has(nameOf({ host, port })) ? named : open;
    addresses.of(host, { share: share.getStore() ?? '', signal: options.signal }).then(
      (found) => {
        if ('refused' in found) return callback(refused({ host, port }, found.refused), null);
        buildConnector({
          lookup: fixedLookup(found.addresses),
          timeout: CONNECT_TIMEOUT_MS,
          autoSelectFamily: true,
          allowH2: false,
        })(target, callback);
      },
      (error: unknown) => callback(error as Error, null),
    );
  };
  return new Agent({
    connect,
    connections: CONNECTIONS_PER_ORIGIN,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: LONGEST_IDLE_MS,
  });
}

function refused({ host, port }: OutboundPlace, rule: string): CrewshipError {
  return new CrewshipError('address_refused', `${host}:${port} is not called: ${rule}`, {
    extensions: { host, port, rule },
  });
}
