import * as v from 'valibot';
import { metricUnits } from '../../../functions/core/telemetry/metrics.ts';

/** The JSON schema and the rules of CloudWatch's specification, which throw away whole documents that break one. */
const schema = v.looseObject({
  _aws: v.strictObject({
    Timestamp: v.pipe(v.number(), v.integer()),
    CloudWatchMetrics: v.pipe(
      v.array(
        v.strictObject({
          Namespace: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
          Dimensions: v.pipe(v.array(v.pipe(v.array(v.string()), v.maxLength(30))), v.minLength(1)),
          Metrics: v.pipe(
            v.array(v.strictObject({ Name: v.string(), Unit: v.picklist(['Count', 'Milliseconds', 'None']) })),
            v.minLength(1),
            v.maxLength(100),
          ),
        }),
      ),
      v.minLength(1),
    ),
  }),
});

export interface Series {
  name: string;
  dimensions: Record<string, string>;
  value: number;
}

/** The metrics that CloudWatch makes of a line. Throws where it would make none. */
export function readMetrics(line: string): Series[] {
  if (/[\n\r]/.test(line)) throw new Error('More than one line.');
  const document = v.parse(schema, JSON.parse(line)) as v.InferOutput<typeof schema> & Record<string, unknown>;
  return document._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, v.parse(dimensionValue, document[name])]));
      return Metrics.map(({ Name, Unit }) => {
        if (metricUnits[Name as keyof typeof metricUnits] !== Unit) throw new Error(`${Name} has the unit ${Unit}.`);
        return { name: Name, dimensions, value: v.parse(metricValue, document[Name]) };
      });
    }),
  );
}

const dimensionValue = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));
const metricValue = v.pipe(v.number(), v.finite());
