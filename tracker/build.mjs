// Bundles and minifies the scripts into dist and refuses one over its budget.
import { mkdirSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';

/** What a page has to load for being measured, in bytes of brotli. */
const BUDGETS = { luotsi: 2000, goatcounter: 1500, matomo: 3000, plausible: 3000, umami: 1500 };

mkdirSync('dist', { recursive: true });
for (const [name, budget] of Object.entries(BUDGETS)) {
  const bundle = await build({
    entryPoints: [`src/${name}.ts`],
    bundle: true,
    format: 'iife',
    target: 'es2020',
    write: false,
  });
  const { code } = await minify(bundle.outputFiles[0].text, {
    ecma: 2020,
    compress: { passes: 4, unsafe: true, unsafe_arrows: true, pure_getters: true },
    mangle: true,
  });
  writeFileSync(`dist/${name}.js`, code);

  const size = brotliCompressSync(code).length;
  console.log(
    `${name}.js: ${code.length} bytes, ${gzipSync(code, { level: 9 }).length} gzip, ${size} brotli`,
  );
  if (size > budget) {
    console.error(`${name}.js has ${size} bytes in brotli; its budget is ${budget}`);
    process.exit(1);
  }
}
