import type { Socket } from 'node:net';

/** The crew that a connection speaks for, by the socket it came through. */
export interface CrewScope {
  readonly workspaceId: string;
  readonly crewId: string;
}

/** Which crew each open connection belongs to. Filled by the listeners, asked by the authenticator. */
export interface CrewConnections {
  claim(socket: Socket, crew: CrewScope): void;
  crewOf(socket: Socket): CrewScope | null;
}

export function createCrewConnections(): CrewConnections {
  const crews = new WeakMap<Socket, CrewScope>();
  return {
    claim: (socket, crew) => void crews.set(socket, crew),
    crewOf: (socket) => crews.get(socket) ?? null,
  };
}
