import { assumption } from './assumptions.ts';
import { prices } from './prices.ts';
import type { Line } from './table.ts';

const million = 1e6;

export interface Features {
  platform: boolean;
  limits: boolean;
  fee: boolean;
  exports?: boolean;
}

export const byok: Features = { platform: false, limits: false, fee: false };

/** USD for a million requests in AWS's stores and logs, whichever shell serves them; test/gateway/outages.test.ts counts the same calls. */
export function storeLines(features: Features): Line[] {
  const lines: Line[] = [
    { item: 'DynamoDB admission', usd: assumption('admission-units') * prices.dynamoRead },
    { item: 'DynamoDB log', usd: assumption('log-units') * prices.dynamoWrite },
    { item: 'DynamoDB index of failed requests', usd: assumption('failed-share') * prices.dynamoWrite },
    // The record again, once, for the sums of the hour: strongly consistent, 4 KB a unit.
    { item: 'DynamoDB usage', usd: (assumption('log-units') / 4) * prices.dynamoRead },
    { item: 'CloudWatch, the line of the request', usd: gigabytes('line-bytes') * prices.logsGb },
    {
      item: 'Secrets Manager calls',
      usd: (million / assumption('requests-per-secret') / 10_000) * prices.secretsCalls,
    },
    { item: 'answers that leave AWS', usd: gigabytes('bytes') * prices.dataOut },
  ];
  if (features.platform) lines.push({ item: 'DynamoDB hold and settlement', usd: 2 * prices.dynamoWrite });
  if (features.fee) lines.push({ item: 'DynamoDB fee', usd: 2 * prices.dynamoWrite });
  if (features.limits) lines.push({ item: 'DynamoDB limit per minute', usd: prices.dynamoWrite });
  if (features.exports) lines.push(...exportLines());
  return lines;
}

/** USD for a million requests to event functions. `seconds`: how long an answer takes; Lambda is billed for all of it, streamed or not. */
export function eventFunctionLines(seconds: number): Line[] {
  const inits = million / assumption('requests-per-environment');
  const beyond = Math.max(0, assumption('bytes') - 6 * 2 ** 20) / 2 ** 30;
  const gbSecond = assumption('memory') * prices.lambdaGbSecondArm;
  return [
    { item: 'Lambda requests', usd: prices.lambdaRequests },
    { item: 'Lambda duration', usd: million * seconds * gbSecond },
    { item: 'Lambda starts', usd: inits * assumption('init-seconds') * gbSecond },
    { item: 'Lambda streamed bytes', usd: million * beyond * prices.lambdaStreamedGb },
    { item: 'CloudWatch, other lines', usd: gigabytes('other-line-bytes') * prices.logsGb },
  ];
}

/** How often API Gateway counts one answer. */
export function countedAnswers(): number {
  return Math.ceil(assumption('bytes') / (10 * 2 ** 20));
}

/** Lambda reads a table's stream without charge: aws.amazon.com/dynamodb/pricing/on-demand. */
function exportLines(): Line[] {
  const batches = million / assumption('records-per-batch');
  const gb = gigabytes('export-bytes');
  const runs =
    (batches / million) * prices.lambdaRequests +
    batches * assumption('export-seconds') * assumption('export-memory') * prices.lambdaGbSecondArm;
  return [
    { item: 'Export to a collector', usd: runs + gb * prices.dataOut },
    // An object a batch, kept for a month.
    { item: 'Export to S3', usd: runs + (batches / 1000) * prices.s3Puts + gb * prices.s3Gb },
  ];
}

/** Of a million requests. */
function gigabytes(each: Parameters<typeof assumption>[0]): number {
  return (million * assumption(each)) / 2 ** 30;
}
