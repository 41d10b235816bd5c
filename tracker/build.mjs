// Bundles and minifies the tracker into dist/luotsi.js and refuses a script over its budget.
import { mkdirSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';

/** What a page has to load for being measured, in bytes of brotli. */
const BUDGET = 2000;

const bundle = await build({
  entryPoints: ['src/luotsi.ts'],
  bundle: true,
  format: 'iife',
  target: 'es2020',
  write: false,
});
const { code } = await minify(bundle.outputFiles[0].text, {
  ecma: 2020,
  toplevel: true,
  compress: { passes: 4, unsafe: true, unsafe_arrows: true, pure_getters: true },
  mangle: true,
});
mkdirSync('dist', { recursive: true });
writeFileSync('dist/luotsi.js', code);

const size = brotliCompressSync(code).length;
console.log(`luotsi.js: ${code.length} bytes, ${gzipSync(code, { level: 9 }).length} gzip, ${size} brotli`);
if (size > BUDGET) {
  console.error(`luotsi.js has ${size} bytes in brotli; its budget is ${BUDGET}`);
  process.exit(1);
}
