import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  type UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';

type Item = Record<string, AttributeValue>;

/**
 * The two calls that wallets make, on items in memory: the expressions that they write, read as DynamoDB reads them
 * (docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html), and as strict: what is named and not used is an
 * error, as is arithmetic with nothing. test/stores/ledger.test.ts asks the same of a whole DynamoDB.
 */
export function createItems() {
  const items = new Map<string, Item>();
  const requests: object[] = [];
  /** Called before each request, with its number; may change items, or throw. */
  const hooks: { before(number: number): void; after(number: number): void } = { before: () => {}, after: () => {} };
  const send = async (command: object): Promise<object> => {
    const number = requests.push(command);
    hooks.before(number);
    const answer = command instanceof GetItemCommand ? get(command) : update(command as UpdateItemCommand);
    hooks.after(number);
    return answer;
  };
  const get = ({ input }: GetItemCommand) => {
    if (input.TableName !== 'config' || input.ConsistentRead !== true) throw new Error('Not read as it should be.');
    return { Item: structuredClone(items.get(nameOf(input.Key ?? {}))) };
  };
  const update = ({ input }: UpdateItemCommand) => {
    if (input.TableName !== 'config') throw new Error('Another table.');
    const known = items.get(nameOf(input.Key ?? {}));
    const changed = changedBy(input, known ?? {});
    if (changed === null) throw new ConditionalCheckFailedException({ message: 'No.', $metadata: {} });
    items.set(nameOf(input.Key ?? {}), { ...input.Key, ...changed });
    return {};
  };
  return { client: { send } as unknown as DynamoDBClient, items, requests, hooks };
}

export function nameOf(key: Item): string {
  return `${key.pk?.S} ${key.sk?.S}`;
}

/** The item after an update; null when its condition does not hold. */
function changedBy(input: UpdateItemCommandInput, item: Item): Item | null {
  const unused = new Set([
    ...Object.keys(input.ExpressionAttributeNames ?? {}),
    ...Object.keys(input.ExpressionAttributeValues ?? {}),
  ]);
  const name = (token: string) => {
    unused.delete(token);
    return token.startsWith('#') ? said(input.ExpressionAttributeNames?.[token], token) : token;
  };
  const value = (token: string) => {
    unused.delete(token);
    return said(input.ExpressionAttributeValues?.[token], token);
  };
  /** `#h`, `#h.a` or `:v`; undefined: there is no such thing. */
  const read = (token: string): AttributeValue | undefined => {
    if (token.startsWith(':')) return value(token);
    const [first = '', ...inner] = token.split('.');
    return inner.reduce((outer, each) => outer?.M?.[each], item[name(first)] as AttributeValue | undefined);
  };
  const operand = (text: string): AttributeValue => {
    const either = /^if_not_exists\((\S+), (\S+)\)$/.exec(text);
    if (!either) return said(read(text), text);
    const [known, instead] = [read(either[1] ?? ''), read(either[2] ?? '')];
    return said(known ?? instead, text);
  };
  const holds = (text: string): boolean => {
    const group = /^\((.*)\)$/.exec(text);
    // Both sides are read, as DynamoDB checks both.
    if (group) return (group[1] ?? '').split(' OR ').map(holds).some(Boolean);
    const asked = /^attribute_(not_)?exists\((\S+)\)$/.exec(text);
    if (asked) return (read(asked[2] ?? '') === undefined) === (asked[1] !== undefined);
    const [, left = '', operator = '', right = ''] = said(/^(\S+) (=|<|>|>=) (\S+)$/.exec(text) ?? undefined, text);
    const [a, b] = [read(left), read(right)];
    if (a?.N === undefined || b?.N === undefined) return false;
    const difference = Number(a.N) - Number(b.N);
    return (
      { '=': difference === 0, '<': difference < 0, '>': difference > 0, '>=': difference >= 0 }[operator] ?? false
    );
  };

  const met = said(input.ConditionExpression, 'a condition').split(' AND ').map(holds).every(Boolean);
  const [, set = '', remove] = said(
    /^SET (.*?)(?: REMOVE (\S+))?$/.exec(input.UpdateExpression ?? '') ?? undefined,
    'SET',
  );
  const changed = structuredClone(item);
  for (const [, path = '', text = ''] of set.matchAll(/(\S+) = ((?:[^,(]|\([^)]*\))+)/g)) {
    const [, left = '', operator, right = ''] = /^(.+?)(?: ([+-]) (\S+))?$/.exec(text.trim()) ?? [];
    if (!met) {
      for (const token of text.match(/[#:]\w+/g) ?? []) unused.delete(token);
      name(path.split('.')[0] ?? '');
      continue;
    }
    const sum = () => Number(operand(left).N) + (operator === '-' ? -1 : 1) * Number(operand(right).N);
    const result = operator === undefined ? operand(left) : { N: String(sum()) };
    const [first = '', inner] = path.split('.');
    if (inner === undefined) changed[name(first)] = result;
    else changed[name(first)] = { M: { ...changed[name(first)]?.M, [inner]: result } };
  }
  if (remove !== undefined) delete changed[name(remove)];
  if (unused.size > 0) throw new Error(`Not used: ${[...unused].join(', ')}`);
  return met ? changed : null;
}

function said<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`Nothing is known of ${what}.`);
  return value;
}
