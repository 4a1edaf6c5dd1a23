/**
 * The helper of the jail apache-fakegooglebot beside a name server that lies, fails or keeps silent.
 */
import { execFile } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROOT } from './run-filter.js';

const HELPER = join(ROOT, 'filters.d/ignorecommands/apache-fakegooglebot');
const TYPES: Readonly<Record<number, string>> = { 1: 'A', 12: 'PTR', 28: 'AAAA' };

/** What the name server says, by type and name; `silent` and `broken` say it otherwise. */
const ZONE: Readonly<Record<string, string>> = {
  'PTR 7.2.0.192.in-addr.arpa': 'crawl-7.googlebot.com',
  'A crawl-7.googlebot.com': '192.0.2.7',
  'PTR 8.2.0.192.in-addr.arpa': 'crawl-7.googlebot.com',
  'PTR 9.2.0.192.in-addr.arpa': 'crawl-9.googlebot.com.example.net',
  'A crawl-9.googlebot.com.example.net': '192.0.2.9',
  'PTR 10.2.0.192.in-addr.arpa': 'fakegooglebot.com',
  'A fakegooglebot.com': '192.0.2.10',
  'PTR 11.2.0.192.in-addr.arpa': 'gone.googlebot.com',
  'PTR 12.2.0.192.in-addr.arpa': 'silent',
  'PTR 13.2.0.192.in-addr.arpa': 'broken',
  'PTR 7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa': 'crawl-6.google.com',
  'AAAA crawl-6.google.com': '20010db8000000000000000000000007',
};

let server: Socket;
let port = 0;
beforeAll(async () => {
  server = createSocket('udp4');
  server.on('message', (query, from) => {
    const reply = replyTo(query);
    if (reply) server.send(reply, from.port, from.address);
  });
  await new Promise<void>((bound) => server.bind(0, '127.0.0.1', bound));
  port = server.address().port;
});
afterAll(() => new Promise<void>((closed) => server.close(() => closed())));

describe('the helper that knows Googlebot', () => {
  test.each([
    ['a name of Google that has the address', '192.0.2.7', 0],
    ['the same with an address of the new kind', '2001:db8::7', 0],
    ['a name of Google that has another address', '192.0.2.8', 1],
    ['a name that only begins like one of Google', '192.0.2.9', 1],
    ['a name that only ends like one of Google', '192.0.2.10', 1],
    ['a name that Google does not know', '192.0.2.11', 1],
    ['no name', '192.0.2.99', 1],
    ['a name server that fails', '192.0.2.13', 2],
    ['no address', 'x;id', 2],
  ])('answers for %s', async (_case, address, status) => {
    expect((await ask(HELPER, address)).status).toBe(status);
  });

  test('gives up on a name server that keeps silent', async () => {
    const started = performance.now();
    const { status, words } = await ask(HELPER, '192.0.2.12');
    expect({ status, words }).toEqual({ status: 2, words: expect.stringContaining('192.0.2.12') });
    expect(performance.now() - started).toBeLessThan(9000);
  }, 15_000);

  test('works outside of the package as well', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'f2b-helper-'));
    const copy = join(dir, 'apache-fakegooglebot');
    copyFileSync(HELPER, copy);
    expect((await ask(copy, '192.0.2.7')).status).toBe(0);
    rmSync(dir, { recursive: true });
  });
});

/** The helper asks our name server: nothing but that is changed. */
function ask(helper: string, address: string): Promise<{ status: number; words: string }> {
  const servers = `data:text/javascript,import dns from 'node:dns';dns.setServers(['127.0.0.1:${port}'])`;
  const env = { PATH: process.env['PATH'] };
  return new Promise((done) => {
    execFile(process.execPath, ['--import', servers, helper, address], { env }, (error, _out, words) =>
      done({ status: error ? Number(error.code) : 0, words }),
    );
  });
}

/** One question → one answer, or that there is no such name. */
function replyTo(query: Buffer): Buffer | undefined {
  const labels: string[] = [];
  let at = 12;
  for (let size = query[at] ?? 0; size > 0; size = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  const type = query.readUInt16BE(at + 1);
  const question = query.subarray(12, at + 5);
  const value = ZONE[`${TYPES[type]} ${labels.join('.').toLowerCase()}`];
  if (value === 'silent') return undefined;
  const refusal = value === 'broken' ? 2 : 3;
  const known = value !== undefined && value !== 'broken';
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180 | (known ? 0 : refusal), 2);
  head.writeUInt16BE(known ? 1 : 0, 6);
  head.fill(0, 8);
  if (!known) return Buffer.concat([head, question]);
  const data = dataOf(type, value);
  const record = Buffer.from([
    0xc0,
    12,
    type >> 8,
    type & 255,
    0,
    1,
    0,
    0,
    0,
    9,
    data.length >> 8,
    data.length & 255,
  ]);
  return Buffer.concat([head, question, record, data]);
}

function dataOf(type: number, value: string): Buffer {
  if (type === 1) return Buffer.from(value.split('.').map(Number));
  if (type === 28) return Buffer.from(value, 'hex');
  const labels = value.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
