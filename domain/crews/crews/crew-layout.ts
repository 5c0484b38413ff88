/** Users inside crew containers. Agents share one; the sidecar has its own. */
export const AGENT_UID = 1001;
export const SIDECAR_UID = 1002;

/** What agents of a crew share, in the crew's directory on its host; they see it as /crew. */
export const SHARED_DIRECTORY = 'crew';

/** Beneath the shared directory: what other crews, and the crew itself, have sent; one directory a sender. */
export const INCOMING_DIRECTORY = 'incoming';

/** In the crew's socket directory, the sidecar's own: it makes its socket there, and agents can't pass. */
export const PORTS_DIRECTORY = 'ports';
export const PORTS_SOCKET = 'ports.sock';
