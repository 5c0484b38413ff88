import { expect, test } from 'vitest';
import { type IpcConfig, parseIpcConfig } from './ipc-config.ts';

const config: IpcConfig = {
  workspace_id: 'w1',
  crew_id: 'c1',
  crew_token: 'crwv1.w1.c1.secret',
  token_fp: 'abcdef012345',
  api_socket_path: '/run/crewship/api.sock',
  listen_port: 9_119,
};

test('a whole configuration passes and fields of other versions are dropped', () => {
  expect(parseIpcConfig({ ...config, later: true })).toEqual(config);
});

test('a wrong field is named and its value is not', () => {
  for (const [field, value] of [
    ['workspace_id', ''],
    ['crew_id', 7],
    ['crew_token', 'secret'.repeat(200)],
    ['api_socket_path', `/${'x'.repeat(107)}`],
    ['listen_port', 0],
    ['listen_port', '9119'],
    ['token_fp', undefined],
  ] as const) {
    expect(() => parseIpcConfig({ ...config, [field]: value })).toThrow(new RegExp(`^ipc config: ${field} must`));
    expect(() => parseIpcConfig({ ...config, [field]: value })).not.toThrow(/secretsecret/);
  }
  for (const value of [null, [], 'x', 1]) expect(() => parseIpcConfig(value)).toThrow('must be an object');
});
