/** Stands between a client and the server and notes what was asked and answered. */

import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Exchange {
  method: string;
  path: string;
  body: Buffer;
  status: number;
  answer: string;
}

export class Recorder {
  readonly exchanges: Exchange[] = [];

  private constructor(
    private readonly server: Server,
    readonly host: string,
  ) {}

  /** Listens on a free port and hands everything on to `target`, as coming from `address`. */
  static async start(target: string, address: string): Promise<Recorder> {
    const server = createServer((incoming, outgoing) => {
      void recorder.hand(incoming, outgoing, target, address);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const recorder = new Recorder(server, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    return recorder;
  }

  private async hand(incoming: IncomingMessage, outgoing: ServerResponse, target: string, address: string) {
    const body = await all(incoming);
    const { method = 'GET', url = '/' } = incoming;
    const headers = { ...incoming.headers, 'x-forwarded-for': address, 'content-length': `${body.length}` };
    delete (headers as Record<string, unknown>)['transfer-encoding'];
    const onward = request(`${target}${url}`, { method, headers }, async (answer) => {
      const text = await all(answer);
      const status = answer.statusCode ?? 0;
      this.exchanges.push({ method, path: url, body, status, answer: text.toString() });
      outgoing.writeHead(status, answer.headers);
      outgoing.end(text);
    });
    onward.on('error', (error) => {
      this.exchanges.push({ method, path: url, body, status: 0, answer: error.message });
      outgoing.destroy();
    });
    onward.end(body);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function all(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
