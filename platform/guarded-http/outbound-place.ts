import type { OutboundPlace } from './guarded-dispatcher.ts';

/** Host and port of a URL, as the guard compares them. */
export function placeOf(url: string): OutboundPlace {
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}
