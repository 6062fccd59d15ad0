import { type BundlingOptions, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

/**
 * How every function is bundled: one file by the local esbuild, no Docker. The AWS SDK comes along, so that the code that was
 * tested is the code that runs. No source map: it would have to be loaded at start to be of use.
 *
 * CommonJS, because it starts a quarter faster than an ES module (`npm run bench:cold`): that one loads all of Node's modules
 * that anything in the bundle may ever need, and with `import` of `node:http` also its `fetch`.
 */
export const bundling: BundlingOptions = {
  format: OutputFormat.CJS,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  sourceMap: false,
  bundleAwsSDK: true,
};
