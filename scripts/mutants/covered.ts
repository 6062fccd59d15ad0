/** The files that decide about money and fallback, and the tests that have to notice when one of them is changed. */
export const covered: Record<string, string[]> = {
  'functions/core/routing/policy.ts': ['test/core/routing/policy.test.ts', 'test/core/routing/policy-matrix.test.ts'],
  'functions/core/routing/plan.ts': ['test/core/routing/plan.test.ts', 'test/core/routing/exclusive.test.ts'],
  'functions/core/routing/failure.ts': ['test/core/routing/policy.test.ts', 'test/core/routing/health.test.ts'],
  'functions/core/routing/health.ts': ['test/core/routing/health.test.ts'],
  'functions/core/billing/request-hold.ts': ['test/core/billing/request-hold.test.ts'],
  'functions/core/billing/money.ts': ['test/core/billing/money.test.ts'],
  'functions/core/billing/cost.ts': ['test/core/billing/cost.test.ts'],
  'functions/core/billing/spend-caps.ts': ['test/core/billing/spend-caps.test.ts'],
  'functions/core/catalogue/model-filter.ts': ['test/core/catalogue/model-filter.test.ts'],
  'functions/core/catalogue/model-names.ts': [
    'test/core/catalogue/model-names.test.ts',
    'test/core/catalogue/catalogue.test.ts',
  ],
  'functions/gateway/platform-circuit.ts': ['test/gateway/platform-circuit.test.ts'],
  'functions/core/redact.ts': ['test/core/redact.test.ts'],
  'functions/stores/wallet.ts': ['test/stores/ledger.test.ts', 'test/stores/wallet.test.ts'],
  'functions/stores/ledger.ts': ['test/stores/ledger.test.ts', 'test/stores/wallet.test.ts'],
};

/** Mutants that change nothing that anyone could see, named by their line and change, with the reason. */
export const equivalent: { file: string; code: string; change: string; because: string }[] = [];
