/**
 * What a million requests cost in AWS, by line item. The prices are data, of us-east-1 without free tiers; change them for
 * another region. `npm run costs`, with `-- --requests-per-secret 1000000 --bytes 4000` and so on for other assumptions.
 */
import { parseArgs } from 'node:util';

/** USD, with the pages that set them. */
const prices = {
  /** aws.amazon.com/lambda/pricing: per million requests, per GB-second on Arm. */
  lambdaRequests: 0.2,
  lambdaGbSecondArm: 0.0000133334,
  /** The first 6 MB of a streamed answer are free; per GB beyond. */
  lambdaStreamedGb: 0.008,
  /** aws.amazon.com/api-gateway/pricing: REST, per million. A streamed answer counts once for every 10 MB begun. */
  apiGatewayRequests: 3.5,
  /** aws.amazon.com/dynamodb/pricing, on demand: per million units. */
  dynamoWrite: 0.625,
  dynamoRead: 0.125,
  /** aws.amazon.com/secrets-manager/pricing: per 10,000 calls. */
  secretsCalls: 0.05,
  /** aws.amazon.com/s3/pricing: per 1,000 PUTs; per GB and month. */
  s3Puts: 0.005,
  s3Gb: 0.023,
  /** aws.amazon.com/ec2/pricing/on-demand: per GB that leaves AWS. */
  dataOut: 0.09,
  /** aws.amazon.com/cloudwatch/pricing: per GB of logs taken in (the first 10 TB); a month per metric, metric of an alarm, dashboard, rule. */
  logsGb: 0.5,
  metric: 0.3,
  alarmMetric: 0.1,
  dashboard: 3,
  insightRule: 0.5,
};

/** What one request does when warm; test/gateway/outages.test.ts counts the same calls. */
const { values } = parseArgs({
  options: {
    /** GB of the inference function, as lib/stage.ts has it. */
    memory: { type: 'string', default: '0.5' },
    /** Seconds that a new environment takes to start (it is billed since August 2025), and requests that it then serves. */
    'init-seconds': { type: 'string', default: '0.6' },
    'requests-per-environment': { type: 'string', default: '500' },
    /** Bytes of an answer. */
    bytes: { type: 'string', default: '8000' },
    /** Read units of the admission: four items, strongly consistent, one unit for each 4 KB begun. */
    'admission-units': { type: 'string', default: '4' },
    /** Write units of a log record, 1 KB each. */
    'log-units': { type: 'string', default: '2' },
    /** Share of requests that fail; each is one more write unit, in the index of failed requests. */
    'failed-share': { type: 'string', default: '0.02' },
    /** Secrets are kept in the process: one read for so many requests. */
    'requests-per-secret': { type: 'string', default: '100' },
    /** Records that an exporter takes at a time, how long it takes over them, its GB, and bytes of a record when compressed. */
    'records-per-batch': { type: 'string', default: '100' },
    'export-seconds': { type: 'string', default: '0.5' },
    'export-memory': { type: 'string', default: '0.5' },
    'export-bytes': { type: 'string', default: '300' },
    /** Bytes of the line that a request leaves, and of what Lambda (start, report) and API Gateway (access log) write of it. */
    'line-bytes': { type: 'string', default: '1400' },
    'other-line-bytes': { type: 'string', default: '1100' },
    /** Series of metrics that are in use: two providers with own and platform keys, and a few kinds of errors. */
    metrics: { type: 'string', default: '40' },
  },
});
const number = (name: keyof typeof values): number => Number(values[name]);

interface Line {
  item: string;
  usd: number;
}

const million = 1e6;

/** `seconds`: how long an answer takes, start to end; Lambda is billed for all of it, streamed or not. */
function linesFor(
  seconds: number,
  features: { platform: boolean; limits: boolean; fee: boolean; exports?: boolean },
): Line[] {
  const inits = million / number('requests-per-environment');
  const beyond = Math.max(0, number('bytes') - 6 * 2 ** 20) / 2 ** 30;
  const lines: Line[] = [
    { item: 'Lambda requests', usd: prices.lambdaRequests },
    { item: 'Lambda duration', usd: million * seconds * number('memory') * prices.lambdaGbSecondArm },
    { item: 'Lambda starts', usd: inits * number('init-seconds') * number('memory') * prices.lambdaGbSecondArm },
    { item: 'Lambda streamed bytes', usd: million * beyond * prices.lambdaStreamedGb },
    { item: 'API Gateway', usd: prices.apiGatewayRequests * Math.ceil(number('bytes') / (10 * 2 ** 20)) },
    { item: 'DynamoDB admission', usd: number('admission-units') * prices.dynamoRead },
    { item: 'DynamoDB log', usd: number('log-units') * prices.dynamoWrite },
    { item: 'DynamoDB index of failed requests', usd: number('failed-share') * prices.dynamoWrite },
    // The record again, once, for the sums of the hour: strongly consistent, 4 KB a unit.
    { item: 'DynamoDB usage', usd: (number('log-units') / 4) * prices.dynamoRead },
    { item: 'CloudWatch, the line of the request', usd: (million * number('line-bytes') * prices.logsGb) / 2 ** 30 },
    { item: 'CloudWatch, other lines', usd: (million * number('other-line-bytes') * prices.logsGb) / 2 ** 30 },
    { item: 'Secrets Manager', usd: (million / number('requests-per-secret') / 10_000) * prices.secretsCalls },
  ];
  if (features.platform) lines.push({ item: 'DynamoDB hold and settlement', usd: 2 * prices.dynamoWrite });
  if (features.fee) lines.push({ item: 'DynamoDB fee', usd: 2 * prices.dynamoWrite });
  if (features.limits) lines.push({ item: 'DynamoDB limit per minute', usd: prices.dynamoWrite });
  if (features.exports) lines.push(...exportLines());
  return lines;
}

/** Lambda reads a table's stream without charge: aws.amazon.com/dynamodb/pricing/on-demand. */
function exportLines(): Line[] {
  const batches = million / number('records-per-batch');
  const gb = (million * number('export-bytes')) / 2 ** 30;
  const runs =
    (batches / million) * prices.lambdaRequests +
    batches * number('export-seconds') * number('export-memory') * prices.lambdaGbSecondArm;
  return [
    { item: 'Export to a collector', usd: runs + gb * prices.dataOut },
    // An object a batch, kept for a month.
    { item: 'Export to S3', usd: runs + (batches / 1000) * prices.s3Puts + gb * prices.s3Gb },
  ];
}

const byok = { platform: false, limits: false, fee: false };
const columns = [
  { title: 'BYOK 1 s', lines: linesFor(1, byok) },
  { title: 'BYOK 20 s', lines: linesFor(20, byok) },
  { title: 'platform 1 s', lines: linesFor(1, { ...byok, platform: true }) },
  { title: 'platform 20 s', lines: linesFor(20, { ...byok, platform: true }) },
  { title: 'BYOK 1 s, all features', lines: linesFor(1, { platform: false, limits: true, fee: true, exports: true }) },
];

const items = [...new Set(columns.flatMap(({ lines }) => lines.map(({ item }) => item)))];
const usd = (amount: number): string => amount.toFixed(2);
const sum = (lines: Line[]): number => lines.reduce((total, line) => total + line.usd, 0);
console.log('USD for a million requests\n');
console.log(`| item | ${columns.map(({ title }) => title).join(' | ')} |`);
console.log(`| --- | ${columns.map(() => '---:').join(' | ')} |`);
for (const item of items) {
  const cells = columns.map(({ lines }) => lines.find((line) => line.item === item)?.usd);
  console.log(`| ${item} | ${cells.map((amount) => (amount === undefined ? '' : usd(amount))).join(' | ')} |`);
}
console.log(`| **sum** | ${columns.map(({ lines }) => `**${usd(sum(lines))}**`).join(' | ')} |`);

/** test/lib/observability.test.ts counts them in the stack. */
const observed = { alarmMetrics: 70, dashboards: 1, insightRules: 4 };
const monthly: Line[] = [
  { item: `${values.metrics} series of metrics`, usd: number('metrics') * prices.metric },
  { item: `${observed.alarmMetrics} metrics in alarms`, usd: observed.alarmMetrics * prices.alarmMetric },
  { item: 'dashboard', usd: observed.dashboards * prices.dashboard },
  { item: 'counts by workspace', usd: observed.insightRules * prices.insightRule },
];
console.log('\nUSD a month to be seen, whatever the traffic\n');
console.log('| item | |\n| --- | ---: |');
for (const { item, usd: amount } of monthly) console.log(`| ${item} | ${usd(amount)} |`);
console.log(`| **sum** | **${usd(sum(monthly))}** |`);
