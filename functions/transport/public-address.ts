import { lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';

// iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry: what is not globally reachable.
const special = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Azure's own host of metadata and DNS (https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16).
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  special.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special.addSubnet(network, prefix, 'ipv6');
}

/** Global unicast is 2000::/3: loopback, mapped, NAT64, link-local, unique local and multicast addresses are all outside. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !special.check(address, 'ipv4');
  return isIP(address) === 6 && globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

/** Networks that people put servers in: RFC 1918, RFC 6598, RFC 4193, loopback. */
const privateIpv4 = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  privateIpv4.addSubnet(network, prefix, 'ipv4');
}
const privateIpv6 = new BlockList();
privateIpv6.addAddress('::1', 'ipv6');
privateIpv6.addSubnet('fc00::', 7, 'ipv6');

/**
 * What answers to whoever asks with the credentials of the machine
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html,
 * https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata).
 */
const metadata = new BlockList();
metadata.addSubnet('fd00:ec2::', 32, 'ipv6');
metadata.addAddress('100.100.100.200', 'ipv4');

/**
 * Whether servers may stand there although it is not the public internet. Not so: link-local addresses, where metadata is
 * served, multicast, and every IPv6 address that stands for an IPv4 one (mapped, compatible, NAT64, 6to4).
 */
export function isPrivateAddress(address: string): boolean {
  if (isIP(address) === 4) return privateIpv4.check(address, 'ipv4') && !metadata.check(address, 'ipv4');
  return isIP(address) === 6 && privateIpv6.check(address, 'ipv6') && !metadata.check(address, 'ipv6');
}

/** Every address of a host, as the system resolves it. */
export function resolveAll(host: string): Promise<string[]> {
  return new Promise((done, fail) => {
    lookup(host, { all: true }, (error, found) => (error ? fail(error) : done(found.map(({ address }) => address))));
  });
}
