/** Runs the scenario through one client for servers: `node main.mjs CLIENT`. */

import { readFileSync } from 'node:fs';

const scenario = JSON.parse(readFileSync(new URL('../scenario.json', import.meta.url), 'utf8'));
const { CLIENT_HOST: host, CLIENT_KEY: key, CLIENT_SECRET: secret, CLIENT_DOMAIN: domain } = process.env;
const url = `https://${domain}${scenario.page.path}${scenario.page.search}`;
const docs = `https://${domain}${scenario.docs.path}`;
const ticks = Array.from({ length: scenario.ticks }, (_, i) => i);

process.on('unhandledRejection', (error) => {
  console.error(error);
  process.exit(1);
});
const { run } = await import(`./${process.argv[2]}.mjs`);
await run({ ...scenario, host, key, secret, domain, url, docs, ticks });
process.exit(0);
