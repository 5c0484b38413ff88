import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a browser keeps to be known as one that somebody signed in with. */
export interface DeviceMarks {
  /** The mark that it has of this person already, else a new one. */
  issue(userId: string, mark: string | null): string;
  /** The device, if this person signed in with it; null for everything else. */
  deviceOf(userId: string, mark: string | null): string | null;
}

export const DEVICE_MARK_SECONDS = 365 * 24 * 3_600;

const MARK = /^([0-9a-f]{32})\.([0-9a-f]{64})$/;

/** Marks are signed for the person, so that a name is not guessed at behind a mark of somebody else's. */
export function createDeviceMarks(secrets: readonly [string, ...string[]]): DeviceMarks {
  const mac = (secret: string, userId: string, device: string): Buffer =>
    createHmac('sha256', secret).update(`${userId}\0${device}`).digest();

  function deviceOf(userId: string, mark: string | null): string | null {
    const [, device, proof] = MARK.exec(mark ?? '') ?? [];
    if (device === undefined || proof === undefined) return null;
    const given = Buffer.from(proof, 'hex');
    return secrets.some((secret) => timingSafeEqual(given, mac(secret, userId, device))) ? device : null;
  }

  return {
    deviceOf,
    issue(userId, mark) {
      const device = deviceOf(userId, mark) ?? randomBytes(16).toString('hex');
      return `${device}.${mac(secrets[0], userId, device).toString('hex')}`;
    },
  };
}
