import { expect, test } from 'vitest';
import { freeSubnets, isSubnetPool } from './subnet-pool.ts';

test('a pool is divided into subnets of sixteen addresses, from the seed on and round', () => {
  expect([...freeSubnets('10.1.0.0/26', [], 0)]).toEqual([
    '10.1.0.0/28',
    '10.1.0.16/28',
    '10.1.0.32/28',
    '10.1.0.48/28',
  ]);
  expect([...freeSubnets('10.1.0.0/26', [], 7)][0]).toBe('10.1.0.48/28');
  expect([...freeSubnets('10.213.0.0/16', [], 0)]).toHaveLength(4_096);
  expect([...freeSubnets('255.255.255.255/28', [], 0)]).toEqual(['255.255.255.240/28']);
});

test('what others have is left out, be it smaller, larger or not IPv4', () => {
  const taken = ['10.1.0.4/30', '10.1.0.16/28', 'fd00::/64', '192.168.0.0/16'];
  expect([...freeSubnets('10.1.0.0/26', taken, 0)]).toEqual(['10.1.0.32/28', '10.1.0.48/28']);
  expect([...freeSubnets('10.1.0.0/26', ['10.0.0.0/8'], 0)]).toEqual([]);
});

test('a pool is an IPv4 network that holds a subnet', () => {
  expect(['10.0.0.0/8', '10.1.0.0/28'].every(isSubnetPool)).toBe(true);
  expect(['10.1.0.0/29', '10.1.0.0', '300.1.0.0/16', 'fd00::/64', ''].some(isSubnetPool)).toBe(false);
});
