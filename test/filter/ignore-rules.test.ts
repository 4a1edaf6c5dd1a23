import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { ConfigError } from '../../src/core/errors.js';
import type { LogRecord } from '../../src/core/events.js';
import type { IgnoreContext } from '../../src/core/filter/ignore.js';
import { type IgnoreShell, parseIgnoreCache, type ShellEnd } from '../../src/core/filter/ignore-command.js';
import { openIgnoreRules } from '../../src/core/filter/ignore-rules.js';
import { parseAddress } from '../../src/core/net/address.js';
import type { Resolver } from '../../src/core/net/dns.js';
import type { BanId } from '../../src/core/records.js';

const CONTEXT: IgnoreContext = {
  ...{ jail: 'j', timeSec: 1000, timeKind: 'float', failures: 1 },
  ...{ matches: [], data: { user: 'ann' } },
};

const NAMES: Readonly<Record<string, string>> = { 'me.example': '198.51.100.1', friend: '198.51.100.2' };
const resolver: Resolver = {
  async resolve(name) {
    const address = parseAddress(NAMES[name] ?? '');
    return address ? { addresses: [address] } : { addresses: [], error: 'ENOTFOUND' };
  },
  reverse: async () => undefined,
};
const host = { addresses: () => ['127.0.0.1', '192.0.2.2', 'fe80::1%eth0'], names: () => ['me.example'] };

/** Fills tags in without care, and ends as it is told. */
class FakeShell implements IgnoreShell {
  readonly ran: string[] = [];
  end: ShellEnd | Error = { status: 1 };
  /** Commands wait here until it is opened. */
  gate: Promise<void> = Promise.resolve();
  fill = (command: string, { id }: BanId) => ({ command: command.replaceAll('<ip>', id), args: [] });
  text = (template: string, { id }: BanId, { data }: IgnoreContext) =>
    template.replaceAll('<ip>', id).replaceAll('<F-USER>', String(data['user']));
  async run({ command }: { readonly command: string }): Promise<ShellEnd> {
    this.ran.push(command);
    const { end } = this;
    await this.gate;
    if (end instanceof Error) throw end;
    return end;
  }
}

interface Settings {
  readonly ignoreIp?: readonly string[];
  readonly ignoreSelf?: boolean;
  readonly ignoreCommand?: string;
  readonly ignoreCache?: string;
}

function setUp({ ignoreIp = [], ignoreSelf, ignoreCommand, ignoreCache }: Settings = {}) {
  const clock = new ManualClock(1000);
  const shell = new FakeShell();
  const said: LogRecord[] = [];
  const value = <T>(given: T | undefined) => (given === undefined ? undefined : { value: given });
  const rules = openIgnoreRules(
    {
      name: 'j',
      ignoreIp: ignoreIp.map((rule) => ({ value: rule })),
      ignoreSelf: value(ignoreSelf),
      ignoreCommand: value(ignoreCommand),
      ignoreCache: value(ignoreCache),
    },
    { resolver, clock, shell, host, log: (record) => said.push(record) },
  );
  const judge = (text: string, context = CONTEXT) => rules.judge(idOf(text), context);
  return { rules, judge, clock, shell, said };
}

function idOf(text: string): BanId {
  const address = parseAddress(text);
  return { id: address?.text ?? text, family: address?.family };
}

describe('ignoreself', () => {
  test.each(['127.0.0.1', '192.0.2.2', 'fe80::1', '198.51.100.1', 'me.example'])(
    'ignores what the machine calls its own: %s',
    async (id) => {
      expect(await setUp().judge(id)).toEqual({ by: 'ignoreself rule', rule: 'ignoreself' });
    },
  );

  test.each(['127.0.0.2', '192.0.2.3', '198.51.100.2'])('does not ignore %s', async (id) => {
    expect(await setUp().judge(id)).toBeUndefined();
  });

  test('can be switched off and on', async () => {
    const { rules, judge } = setUp({ ignoreSelf: false });
    expect(await judge('127.0.0.1')).toBeUndefined();
    rules.ignoreSelf = true;
    expect(await judge('127.0.0.1')).toBeDefined();
    expect(rules.judgeQuick(idOf('127.0.0.1'))).toBeDefined();
  });
});

describe('what is ignored', () => {
  test('is said in the log, in words that people grep for', async () => {
    const { judge, said, shell } = setUp({ ignoreIp: ['10.0.0.0/8', 'friend'], ignoreCommand: 'ask <ip>' });
    await judge('127.0.0.1');
    await judge('10.1.1.1');
    await judge('198.51.100.2');
    shell.end = { status: 0 };
    await judge('203.0.113.1');
    expect(said).toEqual(
      [
        '[j] Ignore 127.0.0.1 by ignoreself rule',
        '[j] Ignore 10.1.1.1 by ip',
        '[j] Ignore 198.51.100.2 by dns',
        '[j] Ignore 203.0.113.1 by command',
      ].map((message) => ({ level: 'INFO', logger: 'filter', message })),
    );
  });

  test('is not said where nobody is ignored, nor where only a look was asked for', async () => {
    const { rules, judge, said } = setUp({ ignoreIp: ['10.0.0.0/8'] });
    await judge('203.0.113.1');
    rules.judgeQuick(idOf('10.1.1.1'));
    expect(said).toEqual([]);
  });

  test('follows rules that are added and removed', async () => {
    const { rules, judge } = setUp();
    rules.add('203.0.113.1');
    expect(rules.list()).toEqual(['203.0.113.1']);
    expect(await judge('203.0.113.1')).toBeDefined();
    expect(rules.remove('203.0.113.1')).toBe(true);
    expect(await judge('203.0.113.1')).toBeUndefined();
  });
});

describe('ignorecommand', () => {
  test.each([
    [0, true],
    [1, false],
  ])('ends with %i: ignored is %p', async (status, isIgnored) => {
    const { judge, shell, said } = setUp({ ignoreCommand: 'ask <ip>' });
    shell.end = { status };
    const ignored = isIgnored ? { by: 'command', rule: 'ask <ip>' } : undefined;
    expect(await judge('203.0.113.1')).toEqual(ignored);
    expect(shell.ran).toEqual(['ask 203.0.113.1']);
    expect(said.filter(({ level }) => level === 'ERROR')).toEqual([]);
  });

  test.each<[ShellEnd | Error, string]>([
    [{ status: 3 }, 'it returned 3'],
    [{ status: 127, reason: 'no such program' }, 'no such program'],
    [{ status: undefined }, 'it was killed'],
    [new Error('no more processes'), 'no more processes'],
  ])('that cannot tell (%p) ignores nobody, and says so', async (end, reason) => {
    const { judge, shell, said } = setUp({ ignoreCommand: 'ask <ip>' });
    shell.end = end;
    expect(await judge('203.0.113.1')).toBeUndefined();
    const message = `[j] ignorecommand cannot tell whether to ignore 203.0.113.1: ${reason} (ask <ip>)`;
    expect(said).toEqual([{ level: 'ERROR', logger: 'filter', message }]);
  });

  test('is not asked about those who are ignored anyway', async () => {
    const { judge, shell } = setUp({ ignoreCommand: 'ask <ip>', ignoreIp: ['10.0.0.0/8'] });
    await judge('10.0.0.1');
    await judge('127.0.0.1');
    expect(shell.ran).toEqual([]);
  });

  test('is asked each time where there is no cache', async () => {
    const { judge, shell } = setUp({ ignoreCommand: 'ask <ip>' });
    await judge('203.0.113.1');
    await judge('203.0.113.1');
    expect(shell.ran).toHaveLength(2);
  });

  test('can be changed and taken away', async () => {
    const { rules, judge, shell } = setUp({ ignoreCommand: 'ask <ip>' });
    rules.ignoreCommand = 'other <ip>';
    await judge('203.0.113.1');
    rules.ignoreCommand = undefined;
    await judge('203.0.113.1');
    expect(shell.ran).toEqual(['other 203.0.113.1']);
    expect(rules.ignoreCommand).toBeUndefined();
  });
});

describe('ignorecache', () => {
  const CACHED = { ignoreCommand: 'ask <ip>', ignoreCache: 'key="<ip>", max-count=2, max-time=5m' };

  test.each([0, 1])('remembers the answer %i for its time', async (status) => {
    const { judge, shell, clock } = setUp(CACHED);
    shell.end = { status };
    const first = await judge('203.0.113.1');
    clock.advance(299);
    expect(await judge('203.0.113.1')).toEqual(first);
    expect(shell.ran).toHaveLength(1);
    clock.advance(1);
    await judge('203.0.113.1');
    expect(shell.ran).toHaveLength(2);
  });

  test('does not remember what was no answer', async () => {
    const { judge, shell } = setUp(CACHED);
    shell.end = { status: 3 };
    await judge('203.0.113.1');
    await judge('203.0.113.1');
    expect(shell.ran).toHaveLength(2);
  });

  test('forgets the oldest answer when there are too many', async () => {
    const { judge, shell } = setUp(CACHED);
    for (const id of ['203.0.113.1', '203.0.113.2', '203.0.113.3', '203.0.113.2', '203.0.113.1'])
      await judge(id);
    expect(shell.ran.map((command) => command.slice(-1))).toEqual(['1', '2', '3', '1']);
  });

  test('asks once for all who come while it is asking', async () => {
    const { judge, shell } = setUp(CACHED);
    let open = () => {};
    shell.gate = new Promise((resolve) => {
      open = resolve;
    });
    shell.end = { status: 0 };
    const all = Promise.all([judge('203.0.113.1'), judge('203.0.113.1'), judge('203.0.113.1')]);
    open();
    expect((await all).map((ignored) => ignored?.by)).toEqual(['command', 'command', 'command']);
    expect(shell.ran).toHaveLength(1);
  });

  test('can go by anything that tags tell', async () => {
    const { judge, shell } = setUp({ ...CACHED, ignoreCache: 'key="<F-USER>"' });
    await judge('203.0.113.1');
    await judge('203.0.113.2');
    await judge('203.0.113.2', { ...CONTEXT, data: { user: 'bob' } });
    expect(shell.ran).toEqual(['ask 203.0.113.1', 'ask 203.0.113.2']);
  });

  test('forgets everything when the command changes', async () => {
    const { rules, judge, shell } = setUp(CACHED);
    await judge('203.0.113.1');
    rules.ignoreCommand = 'other <ip>';
    await judge('203.0.113.1');
    expect(shell.ran).toHaveLength(2);
  });

  test.each([
    ['key="<ip>", max-count=10, max-time=1h', { key: '<ip>', maxCount: 10, maxTimeSec: 3600 }],
    ['key="<F-USER>@<ip>"', { key: '<F-USER>@<ip>', maxCount: 100, maxTimeSec: 300 }],
    ['max-time=30', { key: '<ip>', maxCount: 100, maxTimeSec: 30 }],
    ['key="<ip>",\n  max-count=5', { key: '<ip>', maxCount: 5, maxTimeSec: 300 }],
  ])('reads %p', (text, settings) => {
    expect(parseIgnoreCache(text)).toEqual(settings);
  });

  test.each(['key="a" b', 'max-count=x', 'max-count=-1', 'max-time=soon', 'key = "<ip>"'])(
    'refuses %p',
    (text) => {
      expect(() => parseIgnoreCache(text)).toThrow(ConfigError);
    },
  );
});
