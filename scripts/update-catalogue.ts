// Writes functions/core/catalogue/catalogue-data.ts from the models that we serve and the prices of the pinned library.
import { writeFileSync } from 'node:fs';
import { calcPrice, type ModelInfo, type ModelPrice, type TieredPrices } from '@pydantic/genai-prices';
import type { OfferRecord, Price } from '../functions/core/catalogue/models.ts';
import { compareSources } from './compare-sources.ts';
import { modelFacts } from './model-facts.ts';
import type { ServedModel } from './served/served-model.ts';
import { pricesAsOf, type ServedProvider, servedModels, servedProviders } from './served-models.ts';
import type { FactsCost, ModelFacts } from './sources.ts';

const target = new URL('../functions/core/catalogue/catalogue-data.ts', import.meta.url);
const libraryIds: Record<ServedProvider, string> = {
  openai: 'openai',
  bedrock: 'aws',
  vertex: 'google',
  anthropic: 'anthropic',
  gemini: 'google',
  mistral: 'mistral',
  groq: 'groq',
  deepseek: 'deepseek',
  xai: 'x-ai',
  together: 'together',
  fireworks: 'fireworks',
  cerebras: 'cerebras',
  moonshot: 'moonshotai',
  zai: 'zai',
};

const priceFields = {
  input_mtok: 'input',
  output_mtok: 'output',
  cache_read_mtok: 'cachedInput',
  cache_write_mtok: 'cacheWrite',
  input_audio_mtok: 'audioInput',
  output_audio_mtok: 'audioOutput',
} as const;

/**
 * Prices that the catalogue leaves out: searches are not made over chat completions, cached audio is charged as audio,
 * answers do not tell cache writes for an hour from those for five minutes, and we embed text only.
 */
const leftOut = new Set([
  'web_searches_kcount',
  'storage_searches_kcount',
  'cache_audio_read_mtok',
  'cache_write_1h_mtok',
  'input_image_mtok',
  'input_video_mtok',
]);

/** What the catalogue is to hold. Throws for a model that has no price and does not say so. */
function catalogueRecords(): Record<ServedProvider, OfferRecord[]> {
  const of = (provider: ServedProvider) =>
    servedModels[provider].flatMap((served: ServedModel) => recordsOf(provider, served));
  return Object.fromEntries(servedProviders.map((provider) => [provider, of(provider)])) as ReturnType<
    typeof catalogueRecords
  >;
}

/** The text of functions/core/catalogue/catalogue-data.ts. */
export function renderCatalogue(records = catalogueRecords()): string {
  const lines = [
    '// Written by `npm run catalogue`; change scripts/served instead.',
    '// Prices: @pydantic/genai-prices, copyright Pydantic Services Inc., MIT licence (see NOTICE); nano-dollars per million tokens.',
    '// Limits, inputs and release dates: the same, and models.dev, copyright models.dev, MIT licence (see NOTICE).',
    "import type { OfferRecord } from './models.ts';",
    '',
    '/** The day for which prices and limits were taken. */',
    `export const catalogueDate = '${pricesAsOf}';`,
    '',
    'export const catalogueData: Record<string, OfferRecord[]> = {',
  ];
  for (const provider of servedProviders) {
    lines.push(`  ${provider}: [`);
    for (const record of records[provider]) lines.push(`    ${render(record)},`);
    lines.push('  ],');
  }
  return `${lines.join('\n')}\n};\n`;
}

function recordsOf(provider: keyof typeof libraryIds, served: ServedModel): OfferRecord[] {
  const { model, brand, kind, profiles } = served;
  const shared = { ...(kind && { kind }), ...knownOf(provider, served) };
  const aliases = brand === undefined ? [] : aliasesOf(brand, served);
  const record: OfferRecord = {
    model,
    ...(brand && { brand }),
    ...shared,
    ...pricesOf(provider, served),
    ...(profiles && { profiles }),
    ...(aliases.length > 0 && { aliases }),
  };
  if (!profiles?.includes('global')) return [record];
  // Global inference has prices of its own: the geographies' profiles cost 10 % more for most models.
  const global = `global.${model}`;
  const cost = served.prices && modelFacts[`${provider}/${global}`]?.cost;
  if (cost) return [record, { model: global, ...shared, price: costToPrice(cost) }];
  const found = find(provider, global);
  return found?.id.startsWith('global.') ? [record, { model: global, ...shared, ...pricesFrom(found) }] : [record];
}

/** Limits and dates. */
function knownOf(provider: keyof typeof libraryIds, served: ServedModel): Partial<OfferRecord> {
  const { model, kind, profiles = [], end } = served;
  const facts = factsOf(provider, served);
  const library = served.prices ? undefined : (find(provider, model) ?? find(provider, `${profiles[0]}.${model}`));
  const context = contextOf(library?.context_window, facts);
  // An output as large as the window is no limit.
  const output = served.maxOutputTokens ?? (facts?.output === facts?.context ? undefined : facts?.output);
  const inputs = served.inputs ?? facts?.input ?? (kind === 'embeddings' ? ['text'] : undefined);
  const released = /(20\d\d)-?(\d\d)-?(\d\d)(?:-v\d+:\d+)?$/.exec(model)?.slice(1).join('-') ?? facts?.released;
  return {
    ...(output && kind !== 'embeddings' && { maxOutputTokens: output }),
    ...(context && { contextLength: context }),
    ...(inputs && { inputs }),
    outputs: served.outputs ?? [kind === 'embeddings' ? 'embeddings' : 'text'],
    ...(released && { released }),
    ...(end && { end }),
  };
}

/**
 * Of two sources the price library comes first: the other one caps some windows where a dearer tier begins. Where they nearly agree
 * the library has rounded.
 */
function contextOf(library: number | undefined, facts: ModelFacts | undefined): number | undefined {
  const capped = facts?.cost?.tiers?.some((tier) => tier.inputTokensAbove === facts.context);
  const other = capped ? undefined : facts?.context;
  if (library === undefined || other === undefined) return library ?? other;
  return Math.abs(library - other) < 0.05 * library ? other : library;
}

function factsOf(provider: keyof typeof libraryIds, { model, profiles = [] }: ServedModel) {
  return [model, ...profiles.map((profile) => `${profile}.${model}`)]
    .map((id) => modelFacts[`${provider}/${id}`])
    .find((facts) => facts !== undefined);
}

/** Other spellings of a brand: what the provider's id says after the vendor, and versions with a dot. */
function aliasesOf(brand: string, { model, kind }: ServedModel): string[] {
  const vendor = brand.slice(0, brand.indexOf('/'));
  const id = model.includes('/')
    ? model
    : model.startsWith(`${vendor}.`)
      ? `${vendor}/${model.slice(vendor.length + 1)}`
      : brand;
  // An embedding model's version is part of its name: another one gives other vectors.
  const unversioned = kind === 'embeddings' ? id : id.replace(/-v\d+:\d+$/, '');
  const all = new Set([id, unversioned, brand.replace(/-(\d)-(\d)$/, '-$1.$2')]);
  all.delete(brand);
  // `r1` and `v3` alone name nothing.
  return [...all].filter((alias) => !/\/\w\d(?:-|$)/.test(alias));
}

function pricesOf(
  provider: keyof typeof libraryIds,
  { model, inputUsd, profiles, prices, flat, cacheReadUsd }: ServedModel,
): Pick<OfferRecord, 'price' | 'changes'> {
  if (inputUsd === null) return {};
  if (inputUsd !== undefined) return { price: { input: nano(inputUsd), output: 0 } };
  if (prices === 'facts') {
    const facts =
      (profiles?.[0] && modelFacts[`${provider}/${profiles[0]}.${model}`]) || modelFacts[`${provider}/${model}`];
    if (!facts?.cost) throw new Error(`No source has a price for ${provider}/${model}.`);
    return { price: costToPrice(cacheReadUsd === undefined ? facts.cost : { ...facts.cost, cacheRead: cacheReadUsd }) };
  }
  // The library lists some models under their profiles only.
  const found = find(provider, model) ?? (profiles?.[0] ? find(provider, `${profiles[0]}.${model}`) : undefined);
  if (!found) throw new Error(`The price library does not know ${provider}/${model}.`);
  const { price, changes } = pricesFrom(found);
  if (!flat || price?.tiers === undefined) return { ...(price && { price }), ...(changes && { changes }) };
  const { tiers: _, ...rate } = price;
  return { price: rate };
}

function find(provider: ServedProvider, model: string): ModelInfo | undefined {
  const options = { providerId: libraryIds[provider], timestamp: new Date(pricesAsOf) };
  const known = (name: string) => calcPrice({ input_tokens: 1 }, name, options)?.model;
  return known(model.slice(model.lastIndexOf('/') + 1)) ?? known(model);
}

function pricesFrom(found: ModelInfo): Pick<OfferRecord, 'price' | 'changes'> {
  if (!Array.isArray(found.prices)) return { price: toPrice(found.id, found.prices) };
  // A price that holds at some hours of the day is dearer than the usual one, or the usual one stays: nobody is charged too little.
  const hourly = found.prices.filter(({ constraint }) => constraint?.type === 'time_of_date');
  const dated = found.prices.flatMap(({ constraint, prices }) =>
    constraint?.type === 'time_of_date'
      ? []
      : [
          {
            from: constraint?.start_date ?? '',
            price: dearest(found.id, [prices, ...hourly.map((each) => each.prices)]),
          },
        ],
  );
  dated.sort((a, b) => (a.from < b.from ? -1 : 1));
  const current = dated.findLast(({ from }) => from <= pricesAsOf);
  const changes = dated.filter(({ from }) => from > pricesAsOf);
  return { ...(current && { price: current.price }), ...(changes.length > 0 && { changes }) };
}

function dearest(id: string, all: ModelPrice[]): Price {
  return all.map((prices) => toPrice(id, prices)).reduce((most, price) => (price.input > most.input ? price : most));
}

function toPrice(id: string, prices: ModelPrice): Price {
  const unknown = Object.keys(prices).filter((key) => !(key in priceFields) && !leftOut.has(key));
  if (unknown.length > 0) throw new Error(`${id}: the catalogue cannot hold ${unknown.join(', ')}.`);
  const starts = new Set(
    Object.values(prices).flatMap((value) => (isTiered(value) ? value.tiers.map((tier) => tier.start) : [])),
  );
  const tiers = [...starts].sort((a, b) => a - b).map((above) => ({ above, ...ratesAt(prices, above) }));
  return { ...ratesAt(prices, null), ...(tiers.length > 0 && { tiers }) };
}

function ratesAt(prices: ModelPrice, above: number | null): Omit<Price, 'tiers'> {
  const rates: Omit<Price, 'tiers'> = { input: 0, output: 0 };
  for (const [key, field] of Object.entries(priceFields)) {
    const value = prices[key];
    if (value === undefined) continue;
    rates[field] = nano(
      isTiered(value)
        ? (value.tiers.findLast((tier) => above !== null && tier.start <= above)?.price ?? value.base)
        : value,
    );
  }
  return rates;
}

/** A write to the cache that costs nothing of its own is one that the model does not have. */
function costToPrice({ tiers, ...cost }: FactsCost): Price {
  const rate = ({ input, output, cacheRead, cacheWrite }: Omit<FactsCost, 'tiers'>) => ({
    input: nano(input),
    output: nano(output),
    ...(cacheRead > 0 && { cachedInput: nano(cacheRead) }),
    ...(cacheWrite > 0 && { cacheWrite: nano(cacheWrite) }),
  });
  const above = tiers?.map((tier) => ({ above: tier.inputTokensAbove, ...rate(tier) }));
  return { ...rate(cost), ...(above && { tiers: above }) };
}

function isTiered(value: number | TieredPrices | undefined): value is TieredPrices {
  return typeof value === 'object';
}

/** Nano-dollars per million tokens. Throws when a price is no whole number of them. */
function nano(usd: number): number {
  const rounded = Math.round(usd * 1e9);
  if (Math.abs(usd * 1e9 - rounded) > 0.001) throw new Error(`${usd} USD is no whole number of nano-dollars.`);
  return rounded;
}

function render(record: OfferRecord): string {
  return JSON.stringify(record).replace(/"(\w+)":/g, '$1:');
}

if (import.meta.main) {
  const records = catalogueRecords();
  writeFileSync(target, renderCatalogue(records));
  console.log(`Written: ${target.pathname}`);
  for (const line of compareSources(records, modelFacts)) console.log(line);
}
