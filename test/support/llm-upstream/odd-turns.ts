import type { ServerResponse } from 'node:http';
import type { OddTurn } from './script.ts';

/** Answers in no way that the protocol knows. */
export function sendOdd(response: ServerResponse, turn: OddTurn): void {
  if ('silent' in turn) return;
  if ('garbage' in turn) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(turn.garbage);
    return;
  }
  const whole = Buffer.from(turn.halfOf);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
  response.write(whole.subarray(0, whole.length / 2), () => response.destroy());
}
