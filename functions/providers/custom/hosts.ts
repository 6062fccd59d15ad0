import type { AllowedHosts } from '../../transport/allowed-hosts.ts';
import { AddressRefused, checkLiteral, portOf, readPlainUrl } from '../../transport/checked-address.ts';

/** What the operator allows: `KEYWAY_CUSTOM_HOSTS`, and `KEYWAY_CUSTOM_HTTP` for servers without TLS. */
export interface CustomHosts {
  hosts: AllowedHosts;
  http: boolean;
}

/** The base URL without a slash at its end, or why it may not be called. `allowed` null: what matters is its shape. */
export function readBaseUrl(text: unknown, allowed: CustomHosts | null): { url: string } | { problem: string } {
  const http = allowed?.http ?? true;
  if (allowed?.hosts.empty) return { problem: 'Custom providers are off: the operator has listed no hosts.' };
  const url = typeof text === 'string' ? readPlainUrl(text, http ? ['http:', 'https:'] : ['https:']) : null;
  if (url === null)
    return {
      problem: `baseUrl must be an ${http ? 'http or https' : 'https'} address such as https://<host>/v1, the host as it is called, without user, query or fragment.`,
    };
  if (allowed === null) return { url: url.href.replace(/\/+$/, '') };
  const { hosts } = allowed;
  if (!hosts.allows(url.hostname, portOf(url)))
    return { problem: "The host of baseUrl and its port are not on the operator's list." };
  try {
    checkLiteral(url, hosts);
  } catch (error) {
    if (error instanceof AddressRefused) return { problem: error.message };
    throw error;
  }
  return { url: url.href.replace(/\/+$/, '') };
}
