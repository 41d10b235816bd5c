/** A customer's web site: pages that carry the tracker. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class Pages {
  private readonly bodies = new Map<string, string>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /** Serves pages on a free port of this machine, for every host name. */
  static async start(): Promise<Pages> {
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://site.example').pathname;
      const body = pages.bodies.get(`${request.headers.host?.split(':')[0]}${path}`);
      response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': 'text/html; charset=utf-8' });
      response.end(body ?? 'not found');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const pages = new Pages(server, (server.address() as AddressInfo).port);
    return pages;
  }

  /** Puts a page on a host and returns its address. */
  put(host: string, path: string, body: string): string {
    this.bodies.set(`${host}${path}`, `<!doctype html><html lang="en"><title>${path}</title>${body}`);
    return `http://${host}:${this.port}${path}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
