/** USD in us-east-1 without free tiers, with the pages that set them. Change them for another region. */
export const prices = {
  /** aws.amazon.com/lambda/pricing: per million requests, per GB-second on Arm. */
  lambdaRequests: 0.2,
  lambdaGbSecondArm: 0.0000133334,
  /** The first 6 MB of a streamed answer are free; per GB beyond. */
  lambdaStreamedGb: 0.008,
  /** aws.amazon.com/api-gateway/pricing: REST, per million, by how many a month. A streamed answer counts once for every 10 MB begun. */
  apiGatewayRequests: [
    { upToMillions: 333, usd: 3.5 },
    { upToMillions: 1000, usd: 2.8 },
    { upToMillions: 20_000, usd: 2.38 },
    { upToMillions: Number.POSITIVE_INFINITY, usd: 1.51 },
  ],
  /** aws.amazon.com/dynamodb/pricing, on demand: per million units; per GB and month of a table, and of its point-in-time recovery. */
  dynamoWrite: 0.625,
  dynamoRead: 0.125,
  dynamoGb: 0.25,
  dynamoRecoveryGb: 0.2,
  /** aws.amazon.com/secrets-manager/pricing: a secret a month; per 10,000 calls. */
  secret: 0.4,
  secretsCalls: 0.05,
  /** aws.amazon.com/kms/pricing: a key a month; per 10,000 requests. */
  kmsKey: 1,
  kmsRequests: 0.03,
  /** aws.amazon.com/s3/pricing: per 1,000 PUTs; per GB and month. */
  s3Puts: 0.005,
  s3Gb: 0.023,
  /** aws.amazon.com/ec2/pricing/on-demand: per GB that leaves AWS, the first 10 TB a month. */
  dataOut: 0.09,
  /** aws.amazon.com/cloudwatch/pricing: per GB of logs taken in (the first 10 TB), kept a month (compressed to about 15%); a month per metric, metric of an alarm, dashboard, rule. */
  logsGb: 0.5,
  logsKeptGb: 0.03 * 0.15,
  metric: 0.3,
  alarmMetric: 0.1,
  dashboard: 3,
  insightRule: 0.5,
  /** aws.amazon.com/sqs/pricing: standard queues, per million requests. */
  sqsRequests: 0.4,
  /** aws.amazon.com/fargate/pricing: Linux on Arm, an hour. */
  fargateCpu: 0.03238,
  fargateGb: 0.00356,
  /** aws.amazon.com/vpc/pricing: a public address, an hour. */
  publicAddress: 0.005,
  /** aws.amazon.com/elasticloadbalancing/pricing: an hour, and an hour of a unit (25 new connections a second, 3,000 open ones, or 1 GB an hour). */
  loadBalancer: 0.0225,
  loadBalancerUnit: 0.008,
};

/**
 * AWS has not said what a Web Function costs: requests, active CPU and memory are billed, at unknown rates. These are assumed, from what
 * AgentCore Runtime bills in the same way (aws.amazon.com/bedrock/agentcore/pricing), and event functions for requests.
 */
export const assumed = { webRequests: 0.2, webCpuHour: 0.0895, webGbHour: 0.00945 };

/** USD for so many requests a month through API Gateway. */
export function apiGatewayUsd(millions: number): number {
  let usd = 0;
  let below = 0;
  for (const tier of prices.apiGatewayRequests) {
    usd += Math.max(0, Math.min(millions, tier.upToMillions) - below) * tier.usd;
    below = tier.upToMillions;
  }
  return usd;
}
