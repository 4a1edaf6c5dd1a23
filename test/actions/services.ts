/**
 * Web services as the actions know them, on the loopback of a network namespace, for http.test.ts: Cloudflare's access rules,
 * NetScaler's data sets, `/status/NNN` answers with that status, everything else is taken and kept. `GET /requests` tells
 * what came since it was last asked. Prints its port.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Rule {
  readonly id: string;
  readonly mode: string;
  readonly notes: string;
  readonly configuration: { readonly target: string; readonly value: string };
}

let requests: object[] = [];
const rules = new Map<string, Rule[]>();
const bound = new Set<string>();
let serial = 0;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => handle(request, Buffer.concat(chunks).toString('utf8'), response));
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));

type Answer = readonly [status: number, body: unknown];

function handle(request: IncomingMessage, body: string, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://x');
  const [status, answer] = url.pathname === '/requests' ? [200, requests] : answerTo(request, url, body);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  if (url.pathname === '/requests') requests = [];
  else requests.push({ method: request.method, url: request.url, headers: request.headers, body });
}

function answerTo(request: IncomingMessage, url: URL, body: string): Answer {
  const status = /^\/status\/(\d+)/.exec(url.pathname);
  if (status) return [Number(status[1]), '{"error": "as you wish"}'];
  if (url.pathname.startsWith('/abuseipdb/twice'))
    return [429, '{"errors":[{"detail":"You can only report the same IP address once in 15 minutes."}]}'];
  const cloudflare = /^\/cf\/(.*)\/firewall\/access_rules\/rules(?:\/(\w+))?$/.exec(url.pathname);
  if (cloudflare) return cloud(request, url, body, cloudflare);
  if (url.pathname.startsWith('/nitro/')) return nitro(request, url, body);
  return [200, { ok: true }];
}

function cloud(
  { method, headers }: IncomingMessage,
  url: URL,
  body: string,
  [, where = '', id]: RegExpExecArray,
): Answer {
  const known = headers['x-auth-key'] === 's3cret' || headers.authorization === 'Bearer s3cret';
  if (!known) return [403, { success: false, errors: [{ code: 9109, message: 'Invalid access token' }] }];
  const own = rules.get(where) ?? [];
  rules.set(where, own);
  if (method === 'POST') {
    const asked = JSON.parse(body) as Omit<Rule, 'id'>;
    if (own.some(({ configuration }) => configuration.value === asked.configuration.value))
      return [400, { success: false, errors: [{ code: 10009, message: 'duplicate_of_existing' }] }];
    own.push({ id: `rule${serial++}`, ...asked });
    return [200, { success: true, result: own.at(-1) }];
  }
  if (method === 'DELETE') {
    const rest = own.filter((rule) => rule.id !== id);
    rules.set(where, rest);
    return [rest.length < own.length ? 200 : 404, { success: true, result: { id } }];
  }
  const value = url.searchParams.get('configuration.value');
  const found = own.filter((rule) => rule.configuration.value === value);
  const result = found.map((rule) => ({
    scope: { id: 'not-this-one', type: 'user' },
    allowed_modes: ['block', 'challenge'],
    ...rule,
  }));
  return [200, { success: true, errors: [], result, result_info: { page: 1, count: result.length } }];
}

function nitro({ method, headers }: IncomingMessage, url: URL, body: string): Answer {
  if (headers.authorization !== 'Basic czNjcmV0') return [401, { message: 'Not logged in' }];
  const path = url.pathname.replace('/nitro/v1/config/', '');
  if (path === 'policydataset/black') return [200, { policydataset: [{ name: 'black' }] }];
  if (path === 'policydataset_value_binding/black' && method === 'GET') {
    const list = [...bound].map((value, i) => ({ name: 'black', value, index: String(i) }));
    return [200, { errorcode: 0, ...(list.length > 0 ? { policydataset_value_binding: list } : {}) }];
  }
  if (path === 'policydataset_value_binding' && method === 'PUT') {
    const { name, value } = JSON.parse(body).policydataset_value_binding as { name: string; value: string };
    if (name !== 'black' || bound.has(value)) return [409, { message: 'Resource already exists' }];
    bound.add(value);
    return [201, {}];
  }
  const args = url.searchParams.get('args');
  if (path === 'policydataset_value_binding/black' && method === 'DELETE' && args)
    return [bound.delete(args.replace('value:', '')) ? 200 : 404, {}];
  return [404, { message: 'No such resource' }];
}
