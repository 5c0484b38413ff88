import { PORTS_DIRECTORY } from '../crews/crew-layout.ts';

/** The sidecar's own directory as the container sees it; in it, the socket that the host reaches ports through. */
export const PORTS_DIR_PATH = `/run/crewship/${PORTS_DIRECTORY}`;

/** On that socket: which port a request is for, and what proves that the host asks. */
export const PORT_HEADER = 'x-crewship-port';
export const PORTS_KEY_HEADER = 'x-crewship-ports-key';
/** Of the sidecar's own answers: why there is none of the port's. */
export const PORTS_ERROR_HEADER = 'x-crewship-ports-error';

/** The key is HMAC-SHA256 of this under the crew's token, which the host can make and the sidecar holds. */
export const PORTS_KEY_CONTEXT = 'crewship crew-ports key v1';
