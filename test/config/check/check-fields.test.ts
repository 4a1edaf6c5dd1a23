import { afterAll, describe, expect, test } from '@jest/globals';
import { check, type Files, removeTrees } from './tree.js';

afterAll(removeTrees);

const SOUND_JSON = `[Definition]
format = json
address = request.ip
time = ts
condition = status = 401, 403
    msg ~ ^bad
field-user = user
`;
const filter = (text: string): Files => ({ 'filter.d/app.conf': text });

test('a filter that names its fields is sound', async () => {
  const docker =
    '[Definition]\nformat = docker\naddress = ip\ntime = t\nfailregex = ^bad login from <HOST>$\n';
  expect((await check(filter(docker))).found).toEqual([]);
  const plain = '[Definition]\nformat = plain\nmessage = msg\nfailregex = ^bad login from <HOST>$\n';
  expect((await check(filter(plain))).found).toEqual([]);
  expect((await check(filter(SOUND_JSON))).found).toEqual([]);
  const message =
    '[Definition]\nformat = json\naddress = ip\nmessage = msg\nfailregex = ^bad login$\nignoreregex = robot\n';
  expect((await check(filter(message))).found).toEqual([]);
});

test('a format of its own is an option that a filter has made up', async () => {
  const own = '[Definition]\nformat = yaml\nhead-yaml = ^x\nfailregex = <head-<format>> <HOST>$\n';
  expect((await check(filter(own))).found).toEqual([]);
  // What another filter does with its own says nothing about this one.
  const both = {
    ...filter('[Definition]\nformat = yaml\nfailregex = ^x <HOST>$\n'),
    'filter.d/other.conf': own,
  };
  expect((await check(both)).found).toMatchObject([{ code: 'bad-format', at: 'filter.d/app.conf:2:10' }]);
});

describe('a mistake is reported with its place', () => {
  test.each<[string, Files, string, string, RegExp | undefined]>([
    [
      'a format that does not exist',
      filter(SOUND_JSON.replace('= json', '= jsno')),
      'bad-format',
      'filter.d/app.conf:2:10',
      /^Did you mean json\?$/,
    ],
    [
      'an option',
      filter(SOUND_JSON.replace('address', 'adress')),
      'unknown-option',
      'filter.d/app.conf:3:1',
      /^Did you mean address\?$/,
    ],
    [
      'a path',
      filter(SOUND_JSON.replace('request.ip', 'request..ip')),
      'bad-fields',
      'filter.d/app.conf:3:19',
      undefined,
    ],
    [
      'a condition of several',
      filter(SOUND_JSON.replace('msg ~ ^bad', 'status < many')),
      'bad-fields',
      'filter.d/app.conf:6:14',
      /^A condition is like/,
    ],
    [
      'an expression in a condition',
      filter(SOUND_JSON.replace('^bad', '(bad')),
      'bad-fields',
      'filter.d/app.conf:6:11',
      /^A condition is like/,
    ],
    [
      'an expression without a text',
      filter(`${SOUND_JSON}failregex = ^bad login from <HOST>$\n`),
      'bad-fields',
      'filter.d/app.conf:8:18',
      /needs message = FIELD/,
    ],
    [
      'nobody named',
      filter(SOUND_JSON.replace('address = request.ip\n', '')),
      'bad-fields',
      'filter.d/app.conf:2:10',
      /^Set address/,
    ],
    [
      'two addresses',
      filter(
        '[Definition]\nformat = json\naddress = ip\nmessage = msg\nfailregex = ^bad login from <HOST>$\n',
      ),
      'bad-fields',
      'filter.d/app.conf:5:13',
      undefined,
    ],
  ])('%s', async (_what, files, code, at, suggestion) => {
    const { found } = await check(files);
    const one = found.find((finding) => finding.code === code);
    expect(found.map((finding) => `${finding.code} ${finding.at}`)).toContain(`${code} ${at}`);
    if (suggestion) expect(one?.suggestion).toMatch(suggestion);
  });

  test('a filter may have made up an option called format', async () => {
    const text = '[Definition]\nformat = bad\nfailregex = ^<format> login from <HOST>$\n';
    expect((await check(filter(text))).found).toEqual([]);
  });
});
