import { Role, type SendMessageRequest } from '@a2a-js/sdk';
import { ClientFactory, JsonRpcTransportFactory, RestTransportFactory } from '@a2a-js/sdk/client';
import { newId } from '../../../platform/ids/ids.ts';

/** A message of a client, as the SDK has it. */
export function saying(
  text: string,
  more: { taskId?: string; contextId?: string; agent?: string; returnImmediately?: boolean; messageId?: string } = {},
): SendMessageRequest {
  const { taskId = '', contextId = '', agent, returnImmediately = false, messageId = newId() } = more;
  return {
    tenant: '',
    message: {
      ...{ messageId, taskId, contextId, role: Role.ROLE_USER },
      parts: [{ content: { $case: 'text', value: text }, metadata: undefined, filename: '', mediaType: '' }],
      ...{ metadata: undefined, extensions: [], referenceTaskIds: [] },
    },
    configuration: { acceptedOutputModes: [], taskPushNotificationConfig: undefined, returnImmediately },
    metadata: agent === undefined ? undefined : { agent },
  };
}

/** The SDK's client of the instance on this port, by the transport that it prefers of those. */
export function a2aClient(port: number, token: string, transport: 'JSONRPC' | 'HTTP+JSON') {
  const fetchImpl: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  };
  const factory =
    transport === 'JSONRPC' ? new JsonRpcTransportFactory({ fetchImpl }) : new RestTransportFactory({ fetchImpl });
  return new ClientFactory({ transports: [factory], preferredTransports: [transport] }).createFromUrl(
    `http://127.0.0.1:${port}`,
  );
}
