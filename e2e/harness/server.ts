/** The real server on a data folder of its own, and its command line. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const BINARY = process.env.LUOTSI_BINARY ?? join(import.meta.dirname, '../../target/debug/luotsi');

export const OWNER = { email: 'owner@luotsi.example', password: 'a long enough password', name: 'Olivia' };

export interface Row {
  dimensions: (string | number)[];
  metrics: (number | null)[];
}

export interface Question {
  metrics: string[];
  dimensions?: string[];
  filters?: unknown[];
  date_range?: string | string[];
  [extra: string]: unknown;
}

export class Server {
  private constructor(
    readonly url: string,
    private readonly dataDir: string,
    private readonly process: ChildProcess,
  ) {}

  /** Starts a server on an empty data folder and waits until it serves. */
  static async start(): Promise<Server> {
    const dataDir = await mkdtemp(join(tmpdir(), 'luotsi-e2e-'));
    const child = spawn(BINARY, ['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    child.stderr.on('data', (chunk) => {
      log += chunk;
    });
    const url = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => {
        const address = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
        if (address) resolve(address[0]);
      });
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`luotsi serve ended with ${code}:\n${log}`)));
    });
    const health = await fetch(`${url}/healthz`);
    if (health.status !== 200) throw new Error(`/healthz answered ${health.status}`);
    return new Server(url, dataDir, child);
  }

  /** Stops the server as an operator does and removes its data. */
  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    await gone;
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Runs `luotsi ARGUMENTS --data-dir ...` beside the server; returns what it prints. */
  command(words: string[], input = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile(BINARY, [...words, '--data-dir', this.dataDir], (error, out, err) =>
        error ? reject(new Error(`luotsi ${words.join(' ')}: ${err || error.message}`)) : resolve(out),
      );
      // A command that reads nothing may have ended before.
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
  }

  /** The files of the data folder in which any of these texts or 64-bit numbers stands, as it lies. */
  async filesWith(texts: string[], numbers: bigint[] = []): Promise<string[]> {
    const needles = texts.map((text) => Buffer.from(text));
    for (const number of numbers) {
      const raw = Buffer.alloc(8);
      raw.writeBigInt64LE(number);
      needles.push(raw, Buffer.from(number.toString()));
    }
    const found: string[] = [];
    for (const entry of await readdir(this.dataDir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(join(entry.parentPath, entry.name));
      if (needles.some((needle) => bytes.includes(needle))) found.push(entry.name);
    }
    return found;
  }

  async createOwner(): Promise<void> {
    const words = ['user', 'create', '--email', OWNER.email, '--name', OWNER.name, '--password-stdin'];
    await this.command(words, OWNER.password);
  }

  /** Makes a site; returns what the command prints of it, as JSON. */
  createSite(domain: string): Promise<string> {
    const zone = ['--timezone', 'Europe/Helsinki', '--currency', 'EUR'];
    return this.command(['site', 'create', '--domain', domain, ...zone, '--json']);
  }

  async createToken(): Promise<string> {
    const scopes = ['--scope', 'events:write', '--scope', 'stats:read'];
    return JSON.parse(await this.command(['token', 'create', '--name', 'e2e', ...scopes, '--json'])).token;
  }

  /** Sends events as a customer's own server does. */
  async sendEvents(token: string, events: object[]): Promise<void> {
    for (let from = 0; from < events.length; from += 1000) {
      const response = await fetch(`${this.url}/api/events`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
        body: JSON.stringify(events.slice(from, from + 1000)),
      });
      if (!response.ok) throw new Error(`/api/events answered ${response.status}: ${await response.text()}`);
    }
  }

  /** Rows that the query API answers for today. */
  async query(token: string, site_id: string, question: Question): Promise<Row[]> {
    const response = await fetch(`${this.url}/api/v2/query`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify({ site_id, date_range: 'day', ...question }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`the query answered ${response.status}: ${answer}`);
    return JSON.parse(answer).results;
  }
}
