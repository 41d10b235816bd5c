/** Requests as browsers, programs and servers of other people send them. */

export const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0';
export const GPTBOT =
  'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)';
export const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
export const HEADLESS =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36';

/** Who sends: the program and the address, from networks that nobody has. */
export interface Sender {
  agent?: string;
  address?: string;
  headers?: Record<string, string>;
}

/** Posts a body; what the server answered. */
export async function post(url: string, body: object, sender: Sender = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'text/plain',
      'User-Agent': sender.agent ?? FIREFOX,
      'Accept-Language': 'en',
      'X-Forwarded-For': sender.address ?? '203.0.113.9',
      ...sender.headers,
    },
    body: JSON.stringify(body),
  });
}

/** A batch of Segment's server library, signed with its write key. */
export function segmentBatch(url: string, writeKey: string, batch: object[]): Promise<Response> {
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': 'analytics-node/3.1.0',
    Authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
  };
  const body = JSON.stringify({ batch, sentAt: new Date().toISOString() });
  return fetch(`${url}/v1/batch`, { method: 'POST', headers, body });
}
