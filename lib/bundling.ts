import { type BundlingOptions, Charset, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

/**
 * How every function is bundled: one ES module by the local esbuild, no Docker. The AWS SDK comes along, so that the code that was
 * tested is the code that runs. No source map: it would have to be loaded at start to be of use.
 */
export const bundling: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  sourceMap: false,
  charset: Charset.UTF8,
  bundleAwsSDK: true,
  // google-auth-library is CommonJS and requires Node's own modules, which esbuild cannot turn into imports.
  banner: "import{createRequire as bundleRequire}from'node:module';const require=bundleRequire(import.meta.url);",
};
