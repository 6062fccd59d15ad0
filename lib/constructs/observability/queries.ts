import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Observed } from './signals.ts';

/** A query for CloudWatch Logs Insights. docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
export interface ShippedQuery {
  name: string;
  /** What it searches: everything, or the log of the functions that write a line for each request. */
  in: 'everything' | 'requests';
  text: string[];
}

/** Stands where whoever asks puts an id. */
export const pasteHere = 'PASTE-ID-HERE';

const why =
  'error_code, kind, message, provider, failed_attempts.0.provider_key_id, failed_attempts.0.kind, failed_attempts.0.status, failed_attempts.0.code, failed_attempts.0.message, failed_attempts.1.provider_key_id, failed_attempts.1.kind, failed_attempts.1.message';

/** test/lib/queries.test.ts asks them of lines that real requests have written. */
export const shippedQueries: ShippedQuery[] = [
  {
    name: 'Anything by its id',
    in: 'everything',
    text: [
      '# Any id that somebody sends you: req_…, API Gateway’s two, Lambda’s, the provider’s, pk_…, ak_…, ws_…',
      `filter @message like "${pasteHere}"`,
      `fields @timestamp, request_id, status, ${why}`,
      'fields provider_key_id, api_key_id, workspace_id, gateway_request_id, lambda_request_id, provider_request_id, refusal, message.event, message.error, record.status, @log',
      'sort @timestamp desc',
      'limit 100',
    ],
  },
  {
    name: 'Why a provider key fails',
    in: 'requests',
    text: [
      '# A pk_… or ws_… id; the hint of docs/errors.md belongs to the kind',
      `filter @message like "${pasteHere}" and ispresent(failed_attempts.0.kind)`,
      `fields @timestamp, request_id, status, fallbacks, ${why}`,
      'sort @timestamp desc',
      'limit 100',
    ],
  },
  {
    name: 'Errors by kind',
    in: 'requests',
    text: [
      'filter errors = 1',
      'stats count(*) as requests, count_distinct(workspace_id) as workspaces, latest(message) as example, latest(request_id) as example_id by kind, error_code, provider, credential',
      'sort requests desc',
    ],
  },
  {
    name: 'Gateway errors',
    in: 'everything',
    text: [
      'filter gateway_errors = 1 or ispresent(message.event) or level = "FATAL" or record.status in ["error", "timeout"] or refusal in ["INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "DEFAULT_5XX"]',
      'fields @timestamp, request_id, error_code, endpoint, resource, message.event, message.request_id, message.error, refusal, record.status, lambda_request_id, requestId, gateway_request_id, @log',
      'sort @timestamp desc',
      'limit 200',
    ],
  },
  {
    name: 'What the functions report',
    in: 'everything',
    text: [
      'filter ispresent(message.event) and message.event != "swept"',
      'stats count(*) as times, latest(@timestamp) as last, latest(message.error) as error by message.event, @log',
      'sort times desc',
    ],
  },
  {
    name: 'Slowest requests',
    in: 'requests',
    text: [
      'filter ispresent(total_ms)',
      'fields @timestamp, request_id, total_ms, gateway_ms, provider_ms, first_byte_ms, provider, model, stream, status, workspace_id, prompt_tokens, completion_tokens',
      'sort total_ms desc',
      'limit 50',
    ],
  },
  {
    name: 'Slowest in the gateway',
    in: 'requests',
    text: [
      'filter ispresent(gateway_ms)',
      'fields @timestamp, request_id, gateway_ms, total_ms, endpoint, provider, status, workspace_id, lambda_request_id',
      'sort gateway_ms desc',
      'limit 50',
    ],
  },
  {
    name: 'Mid-stream failures',
    in: 'requests',
    text: [
      'filter mid_stream_failures = 1',
      'fields @timestamp, request_id, provider, credential, model, kind, message, total_ms, completion_tokens, workspace_id, provider_request_id',
      'sort @timestamp desc',
      'limit 100',
    ],
  },
  {
    name: 'Spend on the platform',
    in: 'requests',
    text: [
      'filter credential = "platform"',
      'stats sum(upstream_cost_usd) as paid_usd, sum(cost_usd) as charged_usd, sum(prompt_tokens) as input_tokens, sum(completion_tokens) as output_tokens, count(*) as requests by workspace_id, provider, model',
      'sort paid_usd desc',
      'limit 100',
    ],
  },
  {
    name: 'Fallbacks',
    in: 'requests',
    text: [
      'filter fallbacks = 1',
      'stats count(*) as requests, sum(cost_usd) as charged_usd, latest(failed_attempts.0.message) as why, latest(request_id) as example_id by workspace_id, failed_attempts.0.provider_key_id, failed_attempts.0.provider, failed_attempts.0.kind',
      'sort requests desc',
    ],
  },
  {
    name: 'Refusals without a record',
    in: 'everything',
    text: [
      'filter refusals = 1',
      'stats count(*) as requests, count_distinct(ip) as addresses, latest(request_id) as example_id by error_code, resource, method',
      'sort requests desc',
    ],
  },
];

/** What `text` is in the template. */
export function queryText({ text }: ShippedQuery): string {
  return text.map((line, index) => (index === 0 || text[index - 1]?.startsWith('#') ? line : `| ${line}`)).join('\n');
}

/** The shipped queries, in the folder of the stage. */
export class Queries extends Construct {
  constructor(scope: Construct, id: string, { stage, accessLog, functions, webLog }: Observed) {
    super(scope, id);
    const logs: Record<ShippedQuery['in'], ILogGroup[]> = {
      everything: [...Object.values(functions).map(({ logGroup }) => logGroup), ...there(accessLog, webLog)],
      requests: [
        ...[functions.inference, functions.workspace, functions['sweep-worker']].map(({ logGroup }) => logGroup),
        ...there(webLog),
      ],
    };
    for (const query of shippedQueries)
      new CfnQueryDefinition(this, query.name.replaceAll(' ', ''), {
        name: `keyway-${stage.name}/${query.name}`,
        queryString: queryText(query),
        logGroupNames: logs[query.in].map(({ logGroupName }) => logGroupName),
      });
  }
}

function there(...logGroups: (ILogGroup | null)[]): ILogGroup[] {
  return logGroups.filter((logGroup) => logGroup !== null);
}
