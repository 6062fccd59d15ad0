import { readPlainUrl } from '../../transport/checked-address.ts';

/** One of Azure's clouds: where resources stand, where tokens come from, and for what. */
export interface AzureCloud {
  suffixes: readonly string[];
  authority: string;
  scope: string;
}

/**
 * Suffixes: https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains,
 * https://learn.microsoft.com/azure/foundry/concepts/foundry-azure-government#endpoints,
 * https://learn.microsoft.com/azure/private-link/private-endpoint-dns (China).
 * Authorities: https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud.
 * Scopes: https://learn.microsoft.com/azure/ai-services/openai/how-to/managed-identity, and `AzureOpenAIAudience` of
 * https://github.com/Azure/azure-sdk-for-net.
 */
const clouds: readonly AzureCloud[] = [
  {
    suffixes: ['.openai.azure.com', '.services.ai.azure.com', '.cognitiveservices.azure.com'],
    authority: 'https://login.microsoftonline.com',
    scope: 'https://cognitiveservices.azure.com/.default',
  },
  {
    suffixes: ['.openai.azure.us', '.services.ai.azure.us', '.cognitiveservices.azure.us'],
    authority: 'https://login.microsoftonline.us',
    scope: 'https://cognitiveservices.azure.us/.default',
  },
  {
    suffixes: ['.openai.azure.cn', '.cognitiveservices.azure.cn'],
    authority: 'https://login.partner.microsoftonline.cn',
    scope: 'https://cognitiveservices.azure.cn/.default',
  },
];

/** The cloud that a host stands in, by its last labels; null: it is none of Azure's. */
export function cloudOf(host: string): AzureCloud | null {
  return clouds.find(({ suffixes }) => suffixes.some((suffix) => isResource(host, suffix))) ?? null;
}

/** Resources are one label: `contoso.openai.azure.com`. */
function isResource(host: string, suffix: string): boolean {
  return host.endsWith(suffix) && /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/.test(host.slice(0, -suffix.length));
}

/**
 * `https://<resource>.openai.azure.com`, with the paths that the portal and the SDKs show behind it (`/openai`, `/openai/v1`,
 * the project of a Foundry endpoint) taken off; null: it is no endpoint of Azure.
 */
export function readEndpoint(text: string): string | null {
  const url = readPlainUrl(text, ['https:']);
  if (url === null || url.port !== '' || cloudOf(url.hostname) === null) return null;
  if (!/^\/(?:openai(?:\/v1)?|api\/projects\/[\w.-]+|models)?\/?$/.test(url.pathname)) return null;
  return url.origin;
}
