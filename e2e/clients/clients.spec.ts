import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Row } from '../harness/server';
import { expect, test } from '../harness/test';
import { CLIENTS, type Client } from './clients';
import { type Exchange, Recorder } from './recorder';
import scenario from './scenario.json' with { type: 'json' };

const HERE = import.meta.dirname;
const PYTHON = process.env.LUOTSI_CLIENTS_PYTHON ?? join(HERE, '.venv/bin/python');

interface Place {
  host: string;
  domain: string;
  key: string;
  secret: string;
}

/** Runs a script to its end; what it prints as an error is the test's error. */
function script(program: string, words: string[], cwd: string, place: Place): Promise<void> {
  const env = {
    ...process.env,
    CLIENT_HOST: `http://${place.host}`,
    CLIENT_KEY: place.key,
    CLIENT_SECRET: place.secret,
    CLIENT_DOMAIN: place.domain,
  };
  return new Promise((resolve, reject) => {
    execFile(program, words, { cwd, env, timeout: 60_000 }, (error, out, errors) =>
      error ? reject(new Error(`${error.message}\n${errors}${out}`)) : resolve(),
    );
  });
}

async function bundle(name: string): Promise<string> {
  const built = await build({
    entryPoints: [join(HERE, 'browser', `${name}.js`)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    mainFields: ['browser', 'module', 'main'],
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    logLevel: 'error',
  });
  return built.outputFiles[0]?.text ?? '';
}

/** Nothing was turned away, and nothing was sent again. */
function everythingWasTaken(exchanges: Exchange[]): void {
  const refused = exchanges.filter(({ status }) => status < 200 || status >= 400);
  expect(refused.map(({ method, path, status, answer }) => ({ method, path, status, answer }))).toEqual([]);
  const sent = exchanges.filter(({ method, body }) => method === 'POST' && body.length > 400);
  const bodies = sent.map(({ path, body }) => `${path} ${body.toString('base64')}`);
  expect(bodies.length - new Set(bodies).size, 'bodies that were sent again').toBe(0);
}

const counted = (rows: Row[]) =>
  Object.fromEntries(rows.map(({ dimensions, metrics }) => [dimensions[0], metrics[0]]));

let number = 0;

for (const client of CLIENTS) {
  test(`${client.name} in ${client.runs}: the scenario lands`, async ({
    server,
    token,
    pages,
    page,
    browserName,
  }) => {
    expect(browserName).toBe('chromium');
    number += 1;
    const domain = `${client.script}-${client.runs}-${test.info().workerIndex}-${number}.example`;
    const site = JSON.parse(await server.createSite(domain));
    const { key, secret } = await keyOf(client, site, domain, server.command.bind(server));
    const recorder = await Recorder.start(server.url, `203.0.113.${(number % 250) + 1}`);
    const place = { host: recorder.host, domain, key, secret };
    if (client.runs === 'node') {
      await script(process.execPath, ['main.mjs', client.script], join(HERE, 'node'), place);
    } else if (client.runs === 'python') {
      await script(PYTHON, ['main.py', client.script], join(HERE, 'python'), place);
    } else {
      const given = {
        ...scenario,
        ...place,
        host: `http://${recorder.host}`,
        hostPort: recorder.host,
        docsPath: scenario.docs.path,
        ticks: Array.from({ length: scenario.ticks }, (_, i) => i),
      };
      const code = (await bundle(client.script)).replaceAll('</script', '<\\/script');
      const body = `<title>${scenario.page.title}</title><script>window.__scenario = ${JSON.stringify(given)};
        __scenario.url = location.href;</script><script>${code}</script>`;
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      const address = pages.put(domain, scenario.page.path, body);
      await page.goto(address + scenario.page.search, { referer: scenario.page.referrer });
      await page.waitForFunction('window.__done', null, { timeout: 60_000 });
      expect(await page.evaluate('window.__done')).toBe('done');
      expect(errors).toEqual([]);
    }
    const query = (question: object) => server.query(token, domain, question as never);
    const names = { metrics: ['events'], dimensions: ['event:name'] };
    const expected = { ...client.events, ...(client.pageviews > 0 && { pageview: client.pageviews }) };
    await expect
      .poll(async () => counted(await query(names)), { timeout: 10_000, message: told(recorder.exchanges) })
      .toEqual(expected);
    everythingWasTaken(recorder.exchanges);
    const [total] = await query({ metrics: ['visitors', 'visits', 'total_revenue'] });
    expect(total?.metrics.slice(0, 2)).toEqual([1, 1]);
    if (client.revenue !== undefined) {
      expect(total?.metrics[2]).toMatchObject({ currency: 'EUR', value: client.revenue });
    }
    if (client.campaign) {
      const dimensions = ['visit:source', 'visit:utm_campaign', 'visit:entry_page'];
      expect(counted(await query({ metrics: ['visits'], dimensions: dimensions.slice(0, 1) }))).toEqual({
        newsletter: 1,
      });
      const [visit] = await query({ metrics: ['visits'], dimensions });
      expect(visit?.dimensions).toEqual(['newsletter', 'spring_sale', scenario.page.path]);
      const viewed = await query({
        metrics: ['pageviews'],
        dimensions: ['event:page'],
        filters: [['is', 'event:name', ['pageview']]],
      });
      expect(counted(viewed)).toEqual({ [scenario.page.path]: 1, [scenario.docs.path]: 1 });
    }
    await recorder.stop();
  });
}

/** The key under which the client knows the site: what the site was born with, or one of its old tags. */
async function keyOf(
  client: Client,
  site: { keys: Record<string, string>; secrets: Record<string, string> },
  domain: string,
  command: (words: string[]) => Promise<string>,
): Promise<{ key: string; secret: string }> {
  if (client.born) {
    return { key: site.keys[client.protocol] ?? '', secret: site.secrets[client.protocol] ?? '' };
  }
  const key = client.key ?? `old-${client.script}-${client.runs}-${number}`;
  const words = ['site', 'key', 'add', '--site', domain, '--protocol', client.protocol, '--key', key];
  await command(words);
  return { key, secret: '' };
}

/** What was sent, for who reads a failure. */
function told(exchanges: Exchange[]): string {
  return exchanges
    .slice(0, 12)
    .map(
      ({ method, path, status, answer, body }) =>
        `${method} ${path.slice(0, 100)} ${status} ${answer.slice(0, 200)}\n  ${body.toString().slice(0, 300)}`,
    )
    .join('\n');
}
