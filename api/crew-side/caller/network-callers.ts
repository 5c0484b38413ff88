import type { IncomingMessage } from 'node:http';

/** Where a request of the network listener comes from. */
export interface Origin {
  readonly isLoopback: boolean;
}

/** Which requests came over the network, and from where. Filled by the listener, asked by the authenticator. */
export interface NetworkCallers {
  claim(request: IncomingMessage, origin: Origin): void;
  originOf(request: IncomingMessage): Origin | null;
}

export function createNetworkCallers(): NetworkCallers {
  const origins = new WeakMap<IncomingMessage, Origin>();
  return {
    claim: (request, origin) => void origins.set(request, origin),
    originOf: (request) => origins.get(request) ?? null,
  };
}
