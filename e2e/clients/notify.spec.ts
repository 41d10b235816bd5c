/** Alerts as mails to a real SMTP server, and as webhooks that the standard's own library verifies. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@playwright/test';
import { OWNER, Server } from '../harness/server';

interface Line {
  kind: 'ports' | 'mail' | 'hook';
  [field: string]: unknown;
}

/** What the receivers got, and how to wait for the next of a kind. */
class Receivers {
  private readonly lines: Line[] = [];
  private constructor(readonly process: ChildProcess) {}

  static async start(): Promise<Receivers> {
    const python = join(import.meta.dirname, '.venv/bin/python');
    const child = spawn(python, [join(import.meta.dirname, 'python/receive.py')], {
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

test('a crossed line is a mail and a signed webhook, once; a Persian mail runs from right to left', async () => {
  const receivers = await Receivers.start();
  const ports = await receivers.next('ports');
  const folder = await mkdtemp(join(tmpdir(), 'luotsi-notify-'));
  const config = join(folder, 'luotsi.toml');
  await writeFile(
    config,
    `[mail]
host = "127.0.0.1"
port = ${ports.smtp}
tls = "none"
user = "luotsi"
password = "a mail password"
from = "Luotsi <luotsi@luotsi.example>"

[webhooks]
allow_private_addresses = true
`,
  );
  process.env.LUOTSI_CONFIG = config;
  const server = await Server.start();
  try {
    await server.createOwner();
    const site = JSON.parse(await server.createSite('shop.example'));
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
    const workspace = `/api/v1/workspaces/${session.workspaces[0].id}`;
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

    const mail = await receivers.next('mail');
    expect(mail.to).toEqual([OWNER.email]);
    expect(mail.subject).toContain('Page views was 1');
    expect(mail.headers).toContain('Auto-Submitted');
    expect(mail.text).toContain('above the line');
    expect(mail.html).toContain('dir="ltr"');
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
