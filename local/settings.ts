import { readFileSync } from 'node:fs';
import { addressVariables, type ProviderDefinition, platformVariable } from '../functions/providers/definition.ts';
import { byProvider, definitions } from '../functions/providers/registry.ts';
import { simulatedFederationRole, simulatedPrincipal } from './simulated/aws-sts.ts';
import { StartProblem } from './start-problem.ts';

/** The local server's own settings; those of the functions are in functions/environment.ts. README.md lists them. */
export interface LocalSettings {
  port: number;
  /** Null: nothing is kept. */
  dataFolder: string | null;
  /** Null: generated, and kept with the secrets. */
  adminToken: string | null;
  /** Platform credentials by provider, as text; null for those that are not set. */
  platform: Record<string, string | null>;
  simulate: boolean;
  /** What takes the requests: the web server, or API Gateway's events for Lambda's handlers. */
  shell: 'web' | 'events';
}

type Source = Record<string, string | undefined>;

/** Throws `StartProblem`; its message repeats no credential. */
export function readLocalSettings(source: Source): LocalSettings {
  const port = Number(text(source, 'PORT') ?? 8787);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new StartProblem('PORT must be a number from 0 to 65535.');
  const shell = text(source, 'KEYWAY_LOCAL_SHELL') ?? 'web';
  if (shell !== 'web' && shell !== 'events') throw new StartProblem('KEYWAY_LOCAL_SHELL must be web or events.');
  const configured = definitions.some((definition) =>
    [platformVariable(definition), ...addressVariables(definition)].some((variable) => text(source, variable) !== null),
  );
  return {
    port,
    dataFolder: text(source, 'KEYWAY_EPHEMERAL') === '1' ? null : (text(source, 'KEYWAY_DATA_DIR') ?? '.keyway'),
    adminToken: text(source, 'KEYWAY_ADMIN_TOKEN'),
    platform: byProvider((definition) => credential(source, platformVariable(definition))),
    shell,
    simulate: !configured && text(source, 'KEYWAY_SIMULATE') !== '0',
  };
}

/** Where the functions find the simulated providers that are served under `base`. */
export function simulatedEndpoints(base: string): Record<string, string> {
  return {
    ...Object.fromEntries(
      definitions.flatMap(({ addresses, ...definition }) =>
        addresses === undefined
          ? addressVariables(definition).map((name) => [name, `${base}/${definition.name}${pathOf(definition)}`])
          : [],
      ),
    ),
    OPENAI_BASE_URL: `${base}/openai/v1`,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `${base}/bedrock`,
    AWS_ENDPOINT_URL_BEDROCK: `${base}/bedrock`,
    VERTEX_BASE_URL: `${base}/vertex`,
    AWS_ENDPOINT_URL_STS: `${base}/sts`,
    KEYWAY_PRINCIPAL_ARN: simulatedPrincipal,
    KEYWAY_FEDERATION_ROLE_ARN: simulatedFederationRole,
    GOOGLE_TOKEN_URL: `${base}/google-token`,
    GOOGLE_STS_URL: `${base}/google-sts`,
    GOOGLE_IAM_CREDENTIALS_URL: `${base}/google-iam`,
    AZURE_BASE_URL: `${base}/azure`,
    AZURE_AUTHORITY_HOST: `${base}/azure-authority`,
  };
}

/** The simulated provider is served under the path of the real one, so that what is behind it is the same. */
function pathOf({ http }: Pick<ProviderDefinition, 'http'>): string {
  const base = http?.baseUrl;
  return typeof base === 'string' ? new URL(base).pathname.replace(/\/$/, '') : '';
}

/** A key, JSON, or `@` and the name of a file with one of them. */
function credential(source: Source, name: string): string | null {
  const value = text(source, name);
  if (value === null || !value.startsWith('@')) return value;
  try {
    return readFileSync(value.slice(1), 'utf8').trim();
  } catch {
    throw new StartProblem(`${name} names the file ${value.slice(1)}, which cannot be read.`);
  }
}

function text(source: Source, name: string): string | null {
  const value = source[name]?.trim();
  return value === undefined || value === '' ? null : value;
}
