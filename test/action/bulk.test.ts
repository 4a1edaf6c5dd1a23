/** Many bans in one text: what it looks like, all or nothing, and who is to blame. */
import { describe, expect, test } from '@jest/globals';
import { type Answer, banOf, FakeRunner, open, planOf } from './helpers.js';

const COMMANDS = { actionban: 'ban <ip>', actionunban: 'unban <ip>' };
const BULK = {
  bulkban: 'load',
  bulkban_head: 'head <name> <family>',
  bulkban_line: 'add <ip>',
  bulkban_tail: 'COMMIT',
  bulkunban: 'load',
  bulkunban_line: 'del <ip>',
};

function bans(count: number, prefix = '10.0.') {
  return Array.from({ length: count }, (_, i) => banOf(`${prefix}${i >> 8}.${i & 255}`));
}

/** Refuses texts that hold one of these; takes single commands for them too as failures. */
function refusing(
  bad: readonly string[],
  texts: string[],
  more: (command: string) => Answer = () => true,
): FakeRunner {
  return new FakeRunner((command, { input }) => {
    if (input === undefined) return bad.some((id) => command.endsWith(` ${id}`)) ? false : more(command);
    texts.push(input);
    return !bad.some((id) => input.split('\n').some((line) => line.endsWith(` ${id}`)));
  });
}

describe('the text', () => {
  test('is head, a line for each ban, tail', async () => {
    const { actions, runner, journal } = open([planOf({ commands: COMMANDS, extras: BULK })]);
    await actions.ban(bans(3));
    expect(runner.commands).toEqual(['load']);
    expect(runner.inputs).toEqual(['head j \nadd 10.0.0.0\nadd 10.0.0.1\nadd 10.0.0.2\nCOMMIT\n']);
    expect(journal.entries).toEqual([
      'begin a ban 10.0.0.0 10.0.0.1 10.0.0.2',
      'end a ban 10.0.0.0=ok 10.0.0.1=ok 10.0.0.2=ok',
    ]);
  });

  test('can tell all that is a plain word of the ban', async () => {
    const line = '<ip> <fid> <family> <bantime> <time> <bancount> <failures> <restored> <jail.name> <name>';
    const { actions, runner } = open([
      planOf({ commands: COMMANDS, extras: { bulkban: 'load', bulkban_line: line } }),
    ]);
    await actions.ban([banOf('10.0.0.1', { timeKind: 'int', banTimeSec: -1 }), banOf('2001:db8::1')]);
    expect(runner.inputs).toEqual([
      '10.0.0.1 10.0.0.1 inet4 -1 1795281805 1 3 0 j j\n2001:db8::1 2001:db8::1 inet6 600 1795281805.0 1 3 0 j j\n',
    ]);
  });

  test('is one for each family, by its own values', async () => {
    const { actions, runner } = open([
      planOf({
        commands: { ...COMMANDS, actionstart: 'start <set>' },
        properties: { set: 'four', 'set?family=inet6': 'six' },
        extras: {
          bulkban: 'load <set>',
          bulkban_line: 'add <set> <ip>',
          'bulkban_line?family=inet6': 'add6 <set> <ip>',
        },
      }),
    ]);
    await actions.ban([...bans(2), banOf('2001:db8::1'), banOf('2001:db8::2')]);
    expect(runner.commands).toEqual(['start four', 'load four', 'start six', 'load six']);
    expect(runner.inputs).toEqual([
      'add four 10.0.0.0\nadd four 10.0.0.1\n',
      'add6 six 2001:db8::1\nadd6 six 2001:db8::2\n',
    ]);
  });

  test('holds bulksize bans at most', async () => {
    const { actions, runner, journal } = open([
      planOf({ commands: COMMANDS, extras: { ...BULK, bulksize: '4' } }),
    ]);
    await actions.ban(bans(10));
    expect(runner.inputs.map((text) => text.split('\n').length - 3)).toEqual([4, 4, 2]);
    expect(journal.entries).toHaveLength(6);
  });

  test('takes unbans too', async () => {
    const { actions, runner } = open([planOf({ commands: COMMANDS, extras: BULK })]);
    await actions.ban(bans(2));
    await actions.flush(bans(2), 'stop');
    expect(runner.inputs[1]).toBe('del 10.0.0.0\ndel 10.0.0.1\n');
  });
});

describe('bans that go one by one', () => {
  test.each([
    ['a single one', [banOf('10.0.0.1')], BULK],
    ['without bulk keys', bans(2), {}],
    ['without a line', bans(2), { bulkban: 'load' }],
    [
      'with a line that asks for lines of the log',
      bans(2),
      { bulkban: 'load', bulkban_line: 'add <ip> <matches>' },
    ],
    ['raw ids with blanks', [banOf('a b'), banOf('c;d')], BULK],
    ['raw ids that look like options', [banOf('-j'), banOf('--flush')], BULK],
  ] as const)('%s', async (_what, some, extras) => {
    const { actions, runner } = open([planOf({ commands: COMMANDS, extras })]);
    await actions.ban(some);
    expect(runner.inputs).toEqual([]);
    expect(runner.commands).toHaveLength(some.length);
  });

  test('only those that have to', async () => {
    const { actions, runner, journal } = open([planOf({ commands: COMMANDS, extras: BULK })]);
    await actions.ban([banOf('x y'), ...bans(2)]);
    expect(runner.commands).toEqual(['load', expect.stringMatching(/^ban x y$/)]);
    expect(journal.outcomes.map(({ id }) => id)).toEqual(['10.0.0.0', '10.0.0.1', 'x y']);
  });
});

describe('a chunk that fails', () => {
  test('is halved until the culprit is alone, the others stand', async () => {
    const texts: string[] = [];
    const fake = refusing(['10.0.0.77'], texts);
    const { actions, journal } = open([planOf({ commands: COMMANDS, extras: BULK })], { fake });
    await actions.ban(bans(200));
    const failed = journal.outcomes.filter(({ ok }) => !ok);
    expect(failed).toEqual([{ id: '10.0.0.77', ok: false, reason: 'actionban returned 1' }]);
    expect(journal.outcomes).toHaveLength(200);
    expect(texts.length).toBeLessThan(25);
    expect(journal.entries.filter((entry) => entry.startsWith('begin'))).toHaveLength(1);
  });

  test('each line is applied once', async () => {
    const applied = new Map<string, number>();
    const bad = ['10.0.0.3', '10.0.0.60', '10.0.0.61'];
    const fake = new FakeRunner((command, { input }) => {
      if (input === undefined) return !bad.some((id) => command.endsWith(id));
      const ids = input
        .split('\n')
        .filter((line) => line.startsWith('add '))
        .map((line) => line.slice(4));
      if (ids.some((id) => bad.includes(id))) return false;
      for (const id of ids) applied.set(id, (applied.get(id) ?? 0) + 1);
      return true;
    });
    const { actions, journal } = open([planOf({ commands: COMMANDS, extras: BULK })], { fake });
    await actions.ban(bans(100));
    const single = fake.commands
      .filter((command) => command.startsWith('ban '))
      .map((command) => command.slice(4));
    for (const id of single.filter((one) => !bad.includes(one))) applied.set(id, (applied.get(id) ?? 0) + 1);
    expect([...applied.values()].every((times) => times === 1)).toBe(true);
    expect(applied.size).toBe(97);
    expect(
      journal.outcomes
        .filter(({ ok }) => !ok)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([...bad].sort());
  });

  test('for good is given up as one after some tries', async () => {
    const texts: string[] = [];
    const fake = new FakeRunner((_command, { input }) => {
      if (input !== undefined) texts.push(input);
      return input === undefined;
    });
    const { actions, journal } = open([planOf({ commands: COMMANDS, extras: BULK })], { fake });
    await actions.ban(bans(500));
    expect(texts.length).toBeLessThan(80);
    expect(journal.outcomes.every(({ ok }) => ok)).toBe(true);
    expect(fake.commands.filter((command) => command.startsWith('ban '))).toHaveLength(500);
  });

  test('because its tool is missing goes one by one at once', async () => {
    const fake = new FakeRunner((_command, { input }) => (input === undefined ? true : { exitCode: 127 }));
    const { actions } = open([planOf({ commands: COMMANDS, extras: BULK })], { fake });
    await actions.ban(bans(3));
    expect(fake.commands).toEqual(['load', 'ban 10.0.0.0', 'ban 10.0.0.1', 'ban 10.0.0.2']);
  });

  test('because it was cut off may be there: each is taken back first', async () => {
    const fake = new FakeRunner((_command, { input }) =>
      input === undefined ? true : { timedOut: true, exitCode: undefined, signal: 'SIGTERM' },
    );
    const { actions } = open([planOf({ commands: COMMANDS, extras: BULK })], { fake });
    await actions.ban(bans(2));
    expect(fake.commands).toEqual([
      'load',
      'unban 10.0.0.0',
      'ban 10.0.0.0',
      'unban 10.0.0.1',
      'ban 10.0.0.1',
    ]);
  });

  test('because the rules are gone is run again when they stand', async () => {
    let stands = true;
    const fake = new FakeRunner((command) => {
      if (command === 'start') stands = true;
      return command === 'stop' || stands;
    });
    const { actions, repairs } = open(
      [
        planOf({
          commands: { ...COMMANDS, actionstart: 'start', actionstop: 'stop', actioncheck: 'check' },
          extras: BULK,
        }),
      ],
      { fake },
    );
    await actions.start();
    stands = false;
    await actions.ban(bans(2));
    expect(fake.commands).toEqual(['start', 'load', 'check', 'stop', 'start', 'check', 'load']);
    expect(repairs).toEqual(['a -']);
  });

  test('because nothing can be started fails as one', async () => {
    const fake = new FakeRunner((command) => command !== 'start');
    const { actions, journal } = open(
      [planOf({ commands: { ...COMMANDS, actionstart: 'start' }, extras: BULK })],
      { fake },
    );
    await actions.ban(bans(2));
    expect(fake.commands).toEqual(['start']);
    expect(journal.outcomes.map(({ reason }) => reason)).toEqual(Array(2).fill('actionstart returned 1'));
  });
});

describe('what the firewall has', () => {
  test('is one list for many', async () => {
    const stdoutTail = '1.2.3.4/32\n  2.0.0.0/8 \n3.0.0.5-3.0.0.9\n\n2001:DB8::1\njoe\n';
    const fake = new FakeRunner((command) => (command.startsWith('list') ? { stdoutTail } : true));
    const { actions } = open(
      [planOf({ commands: COMMANDS, extras: { actionlist: 'list <family>', actionverify: 'verify <ip>' } })],
      { fake },
    );
    const asked = [
      '1.2.3.4',
      '2.9.9.9',
      '3.0.0.5',
      '3.0.0.9',
      '2001:db8::1',
      'joe',
      '1.2.3.5',
      '3.0.0.10',
      '3.0.0.4',
      '2001:db8::2',
      '2.0.0.0/9',
      '1.0.0.0/7',
    ];
    const found = await actions.verify(asked.map((id) => banOf(id)));
    expect(asked.filter((id) => found.get(id)?.get('a') === 'present')).toEqual(
      asked.slice(0, 6).concat('2.0.0.0/9'),
    );
    expect(fake.commands).toEqual(['list ']);
  });

  test.each([
    [{ exitCode: 0 }, 'present'],
    [{ exitCode: 1 }, 'absent'],
    [{ exitCode: 2 }, 'unknown'],
    [{ exitCode: 127 }, 'unknown'],
    [{ exitCode: undefined, timedOut: true }, 'unknown'],
  ] as const)('is asked for one; %j means %s', async (answer, expected) => {
    const fake = new FakeRunner(() => answer);
    const { actions, log } = open([planOf({ commands: COMMANDS, extras: { actionverify: 'verify <ip>' } })], {
      fake,
    });
    const found = await actions.verify([banOf('1.2.3.4')]);
    expect(found.get('1.2.3.4')?.get('a')).toBe(expected);
    expect(log.filter(({ level }) => level === 'ERROR')).toEqual([]);
  });

  test('is not known where the action cannot tell', async () => {
    const { actions, runner } = open([planOf({ commands: COMMANDS })]);
    const found = await actions.verify([banOf('1.2.3.4')]);
    expect(found.get('1.2.3.4')?.get('a')).toBe('unknown');
    expect(runner.commands).toEqual([]);
  });
});
