/** The files that decide about money and fallback, and the tests that have to notice when one of them is changed. */
export const covered: Record<string, string[]> = {
  'functions/core/routing/policy.ts': ['test/core/routing/policy.test.ts', 'test/core/routing/policy-matrix.test.ts'],
  'functions/core/routing/plan.ts': ['test/core/routing/plan.test.ts', 'test/core/routing/exclusive.test.ts'],
  'functions/core/routing/failure.ts': ['test/core/routing/failure.test.ts', 'test/core/routing/policy-matrix.test.ts'],
  'functions/core/routing/health.ts': ['test/core/routing/health.test.ts'],
  'functions/core/billing/hold.ts': ['test/core/billing/hold.test.ts'],
  'functions/core/billing/money.ts': ['test/core/billing/money.test.ts'],
  'functions/core/billing/cost.ts': ['test/core/billing/cost.test.ts'],
  'functions/core/billing/balance-shards.ts': ['test/core/billing/balance-shards.test.ts'],
  'functions/gateway/credit/shard-choice.ts': ['test/gateway/credit/shard-choice.test.ts'],
  'functions/core/billing/spend-caps.ts': ['test/core/billing/spend-caps.test.ts'],
  'functions/core/catalogue/model-filter.ts': ['test/core/catalogue/model-filter.test.ts'],
  'functions/core/catalogue/model-names.ts': [
    'test/core/catalogue/model-names.test.ts',
    'test/core/catalogue/catalogue.test.ts',
  ],
  'functions/gateway/keys/platform-circuit.ts': ['test/gateway/keys/platform-circuit.test.ts'],
  'functions/core/redact.ts': ['test/core/redaction/redactor.test.ts', 'test/core/redact.test.ts'],
  'functions/core/redaction/encodings.ts': ['test/core/redaction/encodings.test.ts', 'test/core/redact.test.ts'],
  'functions/core/redaction/escapes.ts': ['test/core/redaction/escapes.test.ts', 'test/core/redact.test.ts'],
  'functions/core/redaction/reading.ts': ['test/core/redaction/reading.test.ts', 'test/core/redact.test.ts'],
  'functions/core/redaction/window-index.ts': ['test/core/redaction/window-index.test.ts', 'test/core/redact.test.ts'],
  'functions/stores/money/wallet.ts': ['test/stores/money/movements.test.ts', 'test/stores/money/wallet.test.ts'],
  'functions/stores/money/ledger.ts': ['test/stores/money/movements.test.ts', 'test/stores/money/wallet.test.ts'],
};

const compare = 'return a < b ? -1 : a > b ? 1 : 0;';
const ids = 'ids are unique, so two are never equal, and sorting asks only whether the first is the lower one';
const whole = 'the divisor is one, and bytes and characters are whole numbers';
const media = 'const media = Math.ceil(bounds.mediaChars / ceilings.mediaCharsPerToken);';
const text =
  'const text = Math.ceil(bounds.textBytes / ceilings.bytesPerToken) + ceilings.addedTokens + bounds.images * perImage;';
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is a line of code.
const sign = "return `${nano < 0 && units > 0 ? '-' : ''}${whole}.${places}`;";
const [plan, health, hold, money, caps, policy, redact] = [
  'functions/core/routing/plan.ts',
  'functions/core/routing/health.ts',
  'functions/core/billing/hold.ts',
  'functions/core/billing/money.ts',
  'functions/core/billing/spend-caps.ts',
  'functions/core/routing/policy.ts',
  'functions/core/redact.ts',
];

const inRange = 'readings have a place for each of their bytes';
const estimate = 'how much work is too much is an estimate: a little more is as good';
const alone = 'a redactor uses its own shelf for itself alone';
const push = 'found.push([reading.from[start] ?? 0, reading.to[end - 1] ?? text.length]);';
const unredacted = 'return end === 0 ? text : clean + text.slice(end);';
const redactions: [code: string, change: string, because: string][] = [
  ['const mostWork = 64;', '64 → 65', estimate],
  ['let work = text.length * mostWork + 100_000;', '100_000 → 100001', estimate],
  ['if (work < 0) return;', 'work < 0 → false', 'it ends the search sooner; what was found is thrown away at the end'],
  ['if (work < 0) return;', '< → <=', estimate],
  ['if (work < 0) return;', '0 → 1', estimate],
  ['return work < 0 ? null : found;', '< → <=', estimate],
  ['return work < 0 ? null : found;', '0 → 1', estimate],
  [
    'export function createRedactor(credential: JsonObject, shelf: IndexShelf = createIndexShelf(1)): CredentialRedactor {',
    '1 → 2',
    alone,
  ],
  ['if (to <= end) continue;', '<= → <', 'what ends where the last one did adds nothing'],
  [unredacted, 'end === 0 → false', 'nothing is cut out, and all of the text is the rest'],
  [unredacted, '0 → 1', 'what is cut out has eight characters or more'],
  [push, 'reading.from[start] ?? 0 → (reading.from[start])', inRange],
  [push, '0 → 1', inRange],
  [push, 'reading.to[end - 1] ?? text.length → (reading.to[end - 1])', inRange],
];

/** Mutants that change nothing that anyone could see, named by their line and change, with the reason. */
export const equivalent: { file: string; code: string; change: string; because: string }[] = [
  ...['< → <=', '1 → 2', 'a > b → true', 'a > b → false', '> → >=', '> → <=', '0 → 1'].map((change) => ({
    file: plan,
    code: compare,
    change,
    because: ids,
  })),
  ...['own.length <= mostTried → false', '<= → <'].map((change) => ({
    file: plan,
    code: 'if (own.length <= mostTried) return own;',
    change,
    because: 'a short cut: what follows gives the same list',
  })),
  {
    file: plan,
    code: 'const key = input.keys.find((k) => k.id === id);',
    change: 'find → findLast',
    because: 'ids are unique',
  },
  ...['ceil → floor', '/ → *'].flatMap((change) => [
    { file: hold, code: media, change, because: whole },
    { file: hold, code: text, change, because: whole },
  ]),
  {
    file: money,
    code: 'return nano <= 1e15 ? nano : null;',
    change: '1e15 → 1000000000000001',
    because: 'amounts are multiples of 100',
  },
  ...['< → <=', '0 → 1'].map((change) => ({
    file: money,
    code: sign,
    change,
    because: 'amounts are whole, and nothing has no units',
  })),
  {
    file: caps,
    code: 'text === undefined ? before : text === null ? null : parseUsd(text);',
    change: 'text === null → false',
    because: 'what is no amount is read as null',
  },
  {
    file: caps,
    code: 'if (Number.isNaN(start)) return false;',
    change: 'Number.isNaN(start) → false',
    because: 'no comparison with NaN holds',
  },
  {
    file: policy,
    code: "'cancelled',",
    change: "'cancelled' → 'mutant'",
    because: 'what is not in the list ranks before its first entry, which this is',
  },
  {
    file: health,
    code: '.flatMap((scope) => cooldownOf(known, scope) ?? [])',
    change: 'cooldownOf(known, scope) ?? [] → (cooldownOf(known, scope))',
    because: 'sorting puts undefined last without asking',
  },
  {
    file: health,
    code: '? Math.min(base * 2 ** Math.min(inARow - 1, 20), longestCooldown)',
    change: '20 → 21',
    because: 'the longest cooldown is reached long before',
  },
  {
    file: health,
    code: "return { version, state: 'ok', since: null, lastError: null, failures: 0, cooldowns: {}, lastUsedAt };",
    change: "'ok' → 'mutant'",
    because: 'only whether it is failing is asked',
  },
  {
    file: health,
    code: "if (!isModelId(model)) return '?';",
    change: "'?' → 'mutant'",
    because: 'a name for what has no name, seen by nobody',
  },
  ...["each.S ?? '' → (each.S)", "'' → 'mutant'"].map((change) => ({
    file: 'functions/stores/money/wallet.ts',
    code: "const texts = (value: AttributeValue | undefined) => (value?.L ?? []).map((each) => each.S ?? '');",
    change,
    because: 'the lists of a hold are of texts',
  })),
  {
    file: 'functions/stores/money/ledger.ts',
    code: 'if (placed !== true || caps.apiKey === null || hold.apiKey === null) return placed;',
    change: '|| → &&',
    because: 'a hold names an API key where its caps do; the other such change is noticed',
  },
  ...redactions.map(([code, change, because]) => ({ file: redact, code, change, because })),
];
