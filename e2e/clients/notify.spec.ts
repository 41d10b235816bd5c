/** Alerts as mails to real SMTP servers, and as webhooks that the standard's own library verifies. */

import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@playwright/test';
import { BINARY, OWNER, Server } from '../harness/server';

interface Line {
  kind: 'ports' | 'mail' | 'hook';
  [field: string]: unknown;
}

/** What the receivers got, and how to wait for the next of a kind. */
class Receivers {
  private readonly lines: Line[] = [];
  private constructor(readonly process: ChildProcess) {}

  /** With a folder of certificates also by TLS. */
  static async start(...folder: string[]): Promise<Receivers> {
    const python = join(import.meta.dirname, '.venv/bin/python');
    const child = spawn(python, [join(import.meta.dirname, 'python/receive.py'), ...folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const receivers = new Receivers(child);
    createInterface(child.stdout).on('line', (line) => receivers.lines.push(JSON.parse(line)));
    return receivers;
  }

  async next(kind: Line['kind']): Promise<Line> {
    await expect.poll(() => this.count(kind), { timeout: 20_000 }).toBeGreaterThan(0);
    const at = this.lines.findIndex((line) => line.kind === kind);
    return this.lines.splice(at, 1)[0] as Line;
  }

  count(kind: Line['kind']): number {
    return this.lines.filter((line) => line.kind === kind).length;
  }
}

/** What a person would write into luotsi.toml. */
const mail = (port: unknown, tls: string, more = '') => `[mail]
host = "127.0.0.1"
port = ${port}
tls = "${tls}"
user = "luotsi"
password = "a mail password"
from = "Luotsi <luotsi@luotsi.example>"
${more}
[webhooks]
allow_private_addresses = true
`;

/** A server with an owner, and a way to call it as the owner. */
async function serve(config: string) {
  process.env.LUOTSI_CONFIG = config;
  const server = await Server.start();
  await server.createOwner();
  const headers = { 'Content-Type': 'application/json', Origin: server.url, Cookie: '' };
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${server.url}${path}`, { method, headers, body: JSON.stringify(body) });
    const cookie = response.headers.get('set-cookie')?.split(';')[0];
    if (cookie) headers.Cookie = cookie;
    const text = await response.text();
    expect(response.ok, `${method} ${path}: ${text}`).toBe(true);
    return text ? JSON.parse(text) : undefined;
  };
  const { email, password } = OWNER;
  const session = await call('POST', '/api/v1/session', { email, password });
  return { server, call, workspace: `/api/v1/workspaces/${session.workspaces[0].id}` };
}

test('a crossed line is a mail and a signed webhook, once; a Persian mail runs from right to left', async () => {
  const receivers = await Receivers.start();
  const ports = await receivers.next('ports');
  const folder = await mkdtemp(join(tmpdir(), 'luotsi-notify-'));
  const config = join(folder, 'luotsi.toml');
  await writeFile(config, mail(ports.smtp, 'none'));
  const { server, call, workspace } = await serve(config);
  try {
    const site = JSON.parse(await server.createSite('shop.example'));
    const url = `http://127.0.0.1:${ports.http}/`;
    const hook = await call('POST', `${workspace}/webhooks`, { url });
    receivers.process.stdin?.write(`${hook.secret}\n`);

    const sites = await call('GET', `${workspace}/sites`);
    const line = { site_id: site.id ?? sites.items[0].id, metric: 'pageviews', side: 'above', value: 0.5 };
    await call('POST', `${workspace}/alert-lines`, line);
    const now = new Date().toISOString();
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0';
    const view = { d: 'shop.example', n: 'pageview', u: 'https://shop.example/', t: now, ip: '193.166.3.2' };
    await server.sendEvents(await server.createToken(), [{ ...view, user_agent: agent }]);
    expect(await call('POST', `${workspace}/alerts/look`, {})).toMatchObject({ found: 1, told: 1 });
    expect(await call('POST', `${workspace}/alerts/look`, {})).toMatchObject({ told: 0 });

    const letter = await receivers.next('mail');
    expect(letter.to).toEqual([OWNER.email]);
    expect(letter.subject).toContain('Page views came to 1');
    expect(letter.headers).toContain('Auto-Submitted');
    expect(letter.text).toContain('above the line');
    expect(letter.html).toContain('dir="ltr"');
    const received = await receivers.next('hook');
    expect(received).toMatchObject({ verified: true, forged: false });
    expect(received.payload).toMatchObject({ type: 'alert.opened', data: { news: 'threshold' } });
    expect((await call('GET', `${workspace}/inbox`)).unread).toBe(1);

    await call('PATCH', '/api/v1/user', { locale: 'fa', name: 'سارا\r\nBcc: all@example.com' });
    await call('POST', `${workspace}/mail/test`, {});
    const persian = await receivers.next('mail');
    expect(persian.subject).toContain('پیام آزمایشی');
    expect(persian.html).toContain('dir="rtl"');
    expect(persian.headers).not.toContain('Bcc');
    await call('POST', `${workspace}/webhooks/${hook.id}/test`, {});
    expect(await receivers.next('hook')).toMatchObject({ verified: true, payload: { type: 'webhook.test' } });
    expect(receivers.count('mail') + receivers.count('hook'), 'nothing is sent twice').toBe(0);
  } finally {
    delete process.env.LUOTSI_CONFIG;
    await server.stop();
    receivers.process.kill();
    await rm(folder, { recursive: true, force: true });
  }
});

const DAY = 86_400_000;

test('views that drop in one country are told once, with the country and the goal', async () => {
  const receivers = await Receivers.start();
  const ports = await receivers.next('ports');
  const folder = await mkdtemp(join(tmpdir(), 'luotsi-notify-'));
  const config = join(folder, 'luotsi.toml');
  await writeFile(config, mail(ports.smtp, 'none'));
  const { server, call, workspace } = await serve(config);
  try {
    await server.createSite('shop.example');
    const { items } = await call('GET', `${workspace}/sites`);
    const site = items[0].id;
    // About noon of each day on the site's clock, on which a day may have begun that has not in UTC; in the last
    // three days Finland is silent.
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: items[0].time_zone }).format(new Date());
    const noon = new Date(`${today}T09:00:00Z`);
    const events: object[] = [];
    for (let back = 110; back >= 1; back--) {
      const at = noon.getTime() - back * DAY;
      const weekend = [0, 6].includes(new Date(at).getUTCDay()) ? 0.7 : 1.1;
      for (const [ip, usual] of [
        ['193.166.3.2', back <= 3 ? 2 : 24],
        ['130.237.28.40', 12],
        ['141.84.44.10', 12],
      ] as const) {
        const count = Math.round(usual * weekend * (1 + (((back * 7919) % 11) - 5) / 60));
        for (let n = 0; n < count; n++) {
          events.push({
            d: 'shop.example',
            n: 'pageview',
            u: 'https://shop.example/',
            t: new Date(at + n * 60_000).toISOString(),
            ip,
            visitor_id: `v${events.length}`,
            user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
          });
        }
      }
    }
    await server.sendEvents(await server.createToken(), events);
    const day = (ahead: number) => new Date(noon.getTime() + ahead * DAY).toISOString().slice(0, 10);
    const goal = await call('POST', `${workspace}/goals`, {
      name: 'Views of the year',
      site_id: site,
      metric: 'pageviews',
      start_date: day(-60),
      deadline: day(60),
      target_kind: 'percent',
      target_input: 10,
    });
    const url = `http://127.0.0.1:${ports.http}/`;
    const hook = await call('POST', `${workspace}/webhooks`, { url });
    receivers.process.stdin?.write(`${hook.secret}\n`);
    const seen = await call('POST', `${workspace}/alerts/look`, {});
    expect(seen.told, JSON.stringify(seen)).toBeGreaterThan(0);
    expect((await call('POST', `${workspace}/alerts/look`, {})).told).toBe(0);

    const { items: alerts } = await call('GET', `${workspace}/alerts?goal=${goal.id}`);
    const drop = alerts.find((alert: { cause: string }) => alert.cause === 'statistical');
    expect(drop.headline).toMatch(/^Page views fell to /);
    expect(drop.goals).toEqual([{ id: goal.id, name: 'Views of the year' }]);
    const about = (list: { news: string }[]) => list.filter(({ news }) => news === 'statistical').length;
    expect(about((await call('GET', `${workspace}/inbox`)).items)).toBe(1);

    const mails: Line[] = [];
    const hooks: Line[] = [];
    for (let told = 0; told < seen.told; told++) {
      mails.push(await receivers.next('mail'));
      hooks.push(await receivers.next('hook'));
    }
    const dropMails = mails.filter(({ subject }) => String(subject).includes('Page views fell'));
    expect(dropMails).toHaveLength(1);
    expect(dropMails[0]?.text).toContain('FI (country)');
    expect(dropMails[0]?.text).toContain('Views of the year');
    const told = hooks.map(({ payload }) => (payload as { data: { news: string } }).data);
    expect(about(told)).toBe(1);
    expect(hooks.every(({ verified }) => verified)).toBe(true);
    // A review's figures count it.
    const kept = await call('GET', `${workspace}/goals/${goal.id}/reviews/prepared`);
    expect(kept.changes.join(' ')).toMatch(/Alerts: [1-9]/);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(receivers.count('mail') + receivers.count('hook'), 'nothing is sent twice').toBe(0);
  } finally {
    delete process.env.LUOTSI_CONFIG;
    await server.stop();
    receivers.process.kill();
    await rm(folder, { recursive: true, force: true });
  }
});

/** An authority of one's own, and two certificates that it signed: for this machine, and for another name. */
async function certificates(folder: string): Promise<void> {
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=Own authority',
  );
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=mail');
  for (const [name, of] of [
    ['server', 'IP:127.0.0.1'],
    ['other', 'DNS:elsewhere.example'],
  ]) {
    await writeFile(join(folder, 'extensions'), `subjectAltName=${of}\nbasicConstraints=CA:FALSE\n`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'extensions'];
    openssl('x509', '-req', '-in', 'server.csr', ...by, '-days', '2', '-out', `${name}.pem`);
  }
}

test('mail goes by STARTTLS and by TLS; a certificate that nobody vouches for is refused in clear words', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'luotsi-notify-'));
  await certificates(folder);
  const receivers = await Receivers.start(folder);
  const ports = await receivers.next('ports');
  const config = join(folder, 'luotsi.toml');
  const own = `ca_file = "${join(folder, 'ca.pem')}"`;
  /** What `luotsi doctor` says of mail. */
  const doctor = (text: string) =>
    new Promise<string>((resolve, reject) => {
      writeFile(config, text)
        .then(() => {
          const words = ['doctor', '--data-dir', join(folder, 'data'), '--listen', '127.0.0.1:0'];
          const env = { ...process.env, LUOTSI_CONFIG: config };
          execFile(BINARY, words, { env }, (_, out, err) => {
            resolve((out + err).split(/\n(?=\S)/).find((finding) => finding.includes(' mail:')) ?? out + err);
          });
        })
        .catch(reject);
    });
  try {
    for (const tls of ['starttls', 'implicit']) {
      expect(await doctor(mail(ports[tls], tls, own))).toContain('the server answers');
      const unknown = await doctor(mail(ports[tls], tls));
      expect(unknown).toContain('signed by nobody that this machine trusts');
      expect(unknown).toContain('ca_file');
    }
    expect(await doctor(mail(ports.other, 'starttls', own))).toContain('is not for `127.0.0.1`');
    expect(await doctor(mail(ports.smtp, 'starttls', own))).toContain('offers no STARTTLS');
    const wrong = mail(ports.implicit, 'implicit', own).replace('a mail password', 'another');
    expect(await doctor(wrong)).toContain('does not take name and password');

    for (const tls of ['starttls', 'implicit']) {
      await writeFile(config, mail(ports[tls], tls, own));
      const { server, call, workspace } = await serve(config);
      try {
        await call('POST', `${workspace}/mail/test`, {});
        expect((await receivers.next('mail')).to).toEqual([OWNER.email]);
      } finally {
        await server.stop();
      }
    }
  } finally {
    delete process.env.LUOTSI_CONFIG;
    receivers.process.kill();
    await rm(folder, { recursive: true, force: true });
  }
});
