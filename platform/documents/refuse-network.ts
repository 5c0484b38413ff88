import dgram from 'node:dgram';
import dns from 'node:dns';
import net from 'node:net';

function refuse(): never {
  throw new Error('a reader of documents calls nobody');
}

/** From here on nothing of this process connects, sends or looks names up, whatever a document names. */
export function refuseNetwork(): void {
  net.Socket.prototype.connect = refuse;
  dgram.Socket.prototype.send = refuse;
  for (const asked of ['lookup', 'resolve', 'resolve4', 'resolve6'] as const) {
    Object.assign(dns, { [asked]: refuse });
    Object.assign(dns.promises, { [asked]: refuse });
  }
}
