import * as v from 'valibot';
import { isModelId } from '../../core/catalogue/model-names.ts';

export const text = (most: number) =>
  v.pipe(v.string(), v.nonEmpty('must not be empty'), v.maxLength(most, `must not be longer than ${most} characters`));

/** As it is stored: what every request reads must stay small, and one item of the store holds 400 KB. */
export const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const filterBytes = 2000;
const mostModels = 200;
const noModel = 'must name at least one model; null means any';
const tooManyModels = `must not name more than ${mostModels} models`;
const shortFilter = <T>() =>
  v.check<T, string>(
    (models) => bytesOf(models) <= filterBytes,
    `must not take more than ${filterBytes} bytes as JSON; patterns such as "gpt-4o*" are shorter than lists`,
  );
/** Ids with `*` wildcards. */
export const modelList = v.pipe(
  v.array(text(300)),
  v.minLength(1, noModel),
  v.maxLength(mostModels, tooManyModels),
  shortFilter(),
);
/** What stands behind an id that hides its model may be said beside it. */
const modelMap = v.pipe(
  v.record(
    text(300),
    v.strictObject({
      base_model: v.optional(
        v.pipe(v.string(), v.check(isModelId, 'must be the id of a model, such as anthropic.claude-sonnet-4-6')),
      ),
    }),
  ),
  v.minEntries(1, noModel),
  v.maxEntries(mostModels, tooManyModels),
  shortFilter(),
);
export const keyModels = v.union([modelList, modelMap]);
