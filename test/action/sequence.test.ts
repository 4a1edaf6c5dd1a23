/** Which commands run in which order; nothing is run for real. */
import { describe, expect, test } from '@jest/globals';
import type { HeldBan } from '../../src/core/records.js';
import { banOf, FakeRunner, NOTHING, open, planOf } from './helpers.js';

const BASE = {
  actionstart: 'start',
  actionstop: 'stop',
  actionban: 'ban <ip>',
  actionunban: 'unban <ip>',
};
const FAMILIES = {
  commands: { ...BASE, actionstart: 'start <v>', actionstop: 'stop <v>', actionban: 'ban <v> <ip>' },
  properties: { v: '4', 'v?family=inet6': '6' },
};
const V4 = banOf('1.2.3.4');
const V6 = banOf('2001:db8::1');

function held(
  id: string,
  state: 'done' | 'failed' | 'begun' | 'skipped' | undefined,
  step: 'ban' | 'unban' = 'ban',
) {
  const marks = state ? { a: { state, step, atSec: 1, tries: 1 } } : {};
  return { ...banOf(id), marks } as HeldBan;
}

describe('start and stop', () => {
  test('an action without families starts with the jail, once, and stops once', async () => {
    const { actions, runner, journal } = open([planOf({ commands: BASE })]);
    expect(await actions.start()).toEqual([]);
    await actions.ban([V4]);
    await actions.ban([V6]);
    await actions.stop();
    expect(runner.take()).toEqual(['start', 'ban 1.2.3.4', 'ban 2001:db8::1', 'stop']);
    expect(journal.entries).toEqual([
      'family a - starting',
      'family a - started',
      'begin a ban 1.2.3.4',
      'end a ban 1.2.3.4=ok',
      'begin a ban 2001:db8::1',
      'end a ban 2001:db8::1=ok',
      'family a - starting',
      'family a - stopped',
    ]);
  });

  test('an action whose values depend on the family waits for the first ban of each', async () => {
    const { actions, runner } = open([planOf(FAMILIES)]);
    await actions.start();
    expect(runner.take()).toEqual([]);
    await actions.ban([V4]);
    expect(runner.take()).toEqual(['start 4', 'ban 4 1.2.3.4']);
    await actions.ban([banOf('1.2.3.5')]);
    await actions.ban([V6]);
    expect(runner.take()).toEqual(['ban 4 1.2.3.5', 'start 6', 'ban 6 2001:db8::1']);
    await actions.stop();
    expect(runner.take()).toEqual(['stop 4', 'stop 6']);
  });

  test('actionstart_on_demand has the last word', async () => {
    const eager = open([planOf({ ...FAMILIES, onDemand: false })]);
    await eager.actions.start();
    expect(eager.runner.take()).toEqual(['start 4', 'start 6']);
    const lazy = open([planOf({ commands: BASE, onDemand: true })]);
    await lazy.actions.start();
    expect(lazy.runner.take()).toEqual([]);
  });

  test('without IPv6 nothing is started for it', async () => {
    const { actions, runner } = open([planOf({ ...FAMILIES, onDemand: false })], { allowIpv6: () => false });
    await actions.start();
    expect(runner.take()).toEqual(['start 4']);
  });

  test('commands that are the same for two families run once', async () => {
    const plan = planOf({
      ...FAMILIES,
      commands: { ...FAMILIES.commands, actionstart: 'start', actionstop: 'stop' },
    });
    const { actions, runner } = open([plan]);
    await actions.ban([V4]);
    await actions.ban([V6]);
    await actions.stop();
    expect(runner.take()).toEqual(['start', 'ban 4 1.2.3.4', 'ban 6 2001:db8::1', 'stop']);
  });

  test('an idle stop takes down what holds no bans, and leaves what others share', async () => {
    const { actions, runner } = open([planOf(FAMILIES)]);
    await actions.ban([V4, V6]);
    await actions.unban([V4], 'expired');
    runner.take();
    await actions.stop('idle');
    expect(runner.take()).toEqual(['stop 4']);
    const shared = open([
      planOf({ ...FAMILIES, commands: { ...FAMILIES.commands, actionstart: 'start', actionstop: 'stop' } }),
    ]);
    await shared.actions.ban([V4, V6]);
    await shared.actions.unban([V4], 'expired');
    shared.runner.take();
    await shared.actions.stop('idle');
    expect(shared.runner.take()).toEqual([]);
    await shared.actions.unban([V6], 'expired');
    await shared.actions.stop('idle');
    expect(shared.runner.take()).toEqual(['unban 2001:db8::1', 'stop']);
  });

  test('an idle stop leaves alone what does not start on demand', async () => {
    const { actions, runner } = open([planOf({ commands: BASE })]);
    await actions.start();
    runner.take();
    await actions.stop('idle');
    expect(runner.take()).toEqual([]);
  });

  test('actions stop in reverse order', async () => {
    const { actions, runner } = open(
      ['a', 'b', 'c'].map((name) =>
        planOf({ name, commands: { actionstart: `start ${name}`, actionstop: `stop ${name}` } }),
      ),
    );
    await actions.start();
    await actions.stop();
    expect(runner.take()).toEqual(['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
  });

  test('what could not be started is told, and cleared away before the next try', async () => {
    let works = false;
    const fake = new FakeRunner((command) => command !== 'start' || works);
    const { actions, runner, journal } = open([planOf({ commands: BASE })], { fake });
    expect(await actions.start()).toEqual([
      { action: 'a', family: '', state: 'broken', reason: 'actionstart returned 1' },
    ]);
    await actions.ban([V4]);
    expect(runner.take()).toEqual(['start', 'stop', 'start']);
    expect(journal.outcomes).toEqual([{ id: '1.2.3.4', ok: false, reason: 'actionstart returned 1' }]);
    works = true;
    await actions.ban([V4]);
    expect(runner.take()).toEqual(['stop', 'start', 'ban 1.2.3.4']);
  });

  test('a family that a crash left starting is taken down quietly and built anew', async () => {
    const memory = () => ({ families: [{ family: '', state: 'starting' as const }], holding: [], held: [] });
    const fake = new FakeRunner((command) => command !== 'stop');
    const { actions, runner, log } = open([planOf({ commands: BASE })], { memory, fake });
    await actions.start();
    expect(runner.take()).toEqual(['stop', 'start']);
    expect(log.filter(({ level }) => level === 'ERROR')).toEqual([]);
  });

  test('a family that stood before is not started again', async () => {
    const memory = () => ({
      families: [{ family: '', state: 'started' as const }],
      holding: [''],
      held: [V4],
    });
    const { actions, runner } = open([planOf({ commands: BASE })], { memory });
    await actions.start();
    await actions.ban([V6]);
    await actions.unban([V4], 'manual');
    expect(runner.take()).toEqual(['ban 2001:db8::1', 'unban 1.2.3.4']);
  });

  test('reload runs actionreload of what stands', async () => {
    const { actions, runner } = open([
      planOf({ ...FAMILIES, commands: { ...FAMILIES.commands, actionreload: 'reload <v>' } }),
    ]);
    await actions.reload();
    await actions.ban([V6]);
    runner.take();
    await actions.reload();
    expect(runner.take()).toEqual(['reload 6']);
  });
});

describe('a command that fails', () => {
  const CHECKED = { ...BASE, actioncheck: 'check' };

  test('runs a second time, also without actioncheck', async () => {
    const fake = new FakeRunner((command) =>
      command.startsWith('ban') ? { exitCode: 3, stderrTail: 'no such chain\n' } : true,
    );
    const { actions, runner, journal, log } = open([planOf({ commands: BASE })], { fake });
    await actions.ban([V4]);
    expect(runner.take()).toEqual(['start', 'ban 1.2.3.4', 'ban 1.2.3.4']);
    expect(journal.outcomes).toEqual([
      { id: '1.2.3.4', ok: false, reason: 'actionban returned 3: no such chain' },
    ]);
    expect(log.map(({ message }) => message).filter((text) => /Error banning/.test(text))).toHaveLength(1);
  });

  test('and the second time succeeds: the ban stands', async () => {
    let runs = 0;
    const fake = new FakeRunner((command) => !command.startsWith('ban') || runs++ > 0);
    const { actions, journal } = open([planOf({ commands: BASE })], { fake });
    await actions.ban([V4]);
    expect(journal.outcomes).toEqual([{ id: '1.2.3.4', ok: true }]);
  });

  test('is followed by actioncheck; while that succeeds nothing is repaired', async () => {
    const fake = new FakeRunner((command) => !command.startsWith('ban'));
    const { actions, runner, repairs } = open([planOf({ commands: CHECKED })], { fake });
    await actions.ban([V4]);
    expect(runner.take()).toEqual(['start', 'ban 1.2.3.4', 'check', 'ban 1.2.3.4']);
    expect(repairs).toEqual([]);
  });

  test('and so does actioncheck: stop, start, check, once more', async () => {
    let stands = false;
    const fake = new FakeRunner((command) => {
      if (command === 'start') stands = runnerStarts++ > 0;
      return command === 'stop' || command === 'start' || stands;
    });
    let runnerStarts = 0;
    const { actions, runner, repairs, journal } = open([planOf({ commands: CHECKED })], { fake });
    await actions.start();
    await actions.ban([V4]);
    expect(runner.take()).toEqual(['start', 'ban 1.2.3.4', 'check', 'stop', 'start', 'check', 'ban 1.2.3.4']);
    expect(repairs).toEqual(['a -']);
    expect(journal.outcomes).toEqual([{ id: '1.2.3.4', ok: true }]);
  });

  test('actionrepair takes the place of stop and start', async () => {
    let stands = false;
    const fake = new FakeRunner((command) => {
      if (command === 'repair') stands = true;
      return command === 'start' || stands;
    });
    const { actions, runner } = open([planOf({ commands: { ...CHECKED, actionrepair: 'repair' } })], {
      fake,
    });
    await actions.ban([V4]);
    expect(runner.take()).toEqual(['start', 'ban 1.2.3.4', 'check', 'repair', 'check', 'ban 1.2.3.4']);
  });

  test('what cannot be repaired fails with both reasons', async () => {
    const fake = new FakeRunner((command) => /^(?:start|stop)/.test(command));
    const { actions, runner, journal, log } = open([planOf({ commands: CHECKED })], { fake });
    await actions.ban([V4]);
    expect(runner.take()).toEqual(['start', 'ban 1.2.3.4', 'check', 'stop', 'start', 'check']);
    expect(journal.outcomes).toEqual([
      { id: '1.2.3.4', ok: false, reason: 'actionban returned 1; actioncheck returned 1' },
    ]);
    expect(log.filter(({ level }) => level === 'CRITICAL')).toHaveLength(1);
  });

  test.each([
    [false, ['unban 1.2.3.4', 'check']],
    [true, ['unban 1.2.3.4', 'check', 'stop', 'start', 'check', 'unban 1.2.3.4']],
  ])('an unban is repaired only with actionrepair_on_unban (%s)', async (repairOnUnban, expected) => {
    let broken = false;
    const fake = new FakeRunner((command) => {
      if (command === 'start') broken = false;
      return !broken || command === 'stop';
    });
    const { actions, runner } = open([planOf({ commands: CHECKED, repairOnUnban })], { fake });
    await actions.ban([V4]);
    runner.take();
    broken = true;
    await actions.unban([V4], 'manual');
    expect(runner.take()).toEqual(expected);
  });

  test('does not keep the next action from its turn', async () => {
    const fake = new FakeRunner((command) => !command.startsWith('ban a'));
    const { actions, journal } = open(
      ['a', 'b'].map((name) => planOf({ name, commands: { actionban: `ban ${name} <ip>` } })),
      { fake },
    );
    await actions.ban([V4]);
    expect(journal.outcomes.map(({ ok }) => ok)).toEqual([false, true]);
  });
});

describe('unban', () => {
  test('takes back what was banned, not what never was', async () => {
    const fake = new FakeRunner((command) => !command.includes('9.9.9.9'));
    const { actions, runner, journal } = open([planOf({ commands: BASE })], { fake });
    await actions.ban([banOf('9.9.9.9')]);
    await actions.unban([banOf('9.9.9.9')], 'expired');
    expect(runner.take()).toEqual(['start', 'ban 9.9.9.9', 'ban 9.9.9.9']);
    expect(journal.entries.at(-1)).toBe('end a unban 9.9.9.9=skipped');
  });

  test.each([
    ['done', 'ban', true, ['unban 1.2.3.4']],
    ['done', 'ban', false, ['unban 1.2.3.4', 'unban 1.2.3.4']],
    ['begun', 'ban', true, ['unban 1.2.3.4']],
    ['begun', 'ban', false, ['unban 1.2.3.4']],
    ['failed', 'unban', true, ['unban 1.2.3.4']],
    ['skipped', 'ban', true, []],
    [undefined, 'ban', true, []],
    ['failed', 'ban', true, []],
  ] as const)('goes by the mark: %s in %s, command succeeds: %s', async (state, step, works, expected) => {
    const { actions, runner } = open([planOf({ commands: BASE })], {
      fake: new FakeRunner(() => works),
      memory: () => ({ ...NOTHING, families: [{ family: '', state: 'started' }] }),
    });
    await actions.unban([held('1.2.3.4', state, step)], 'expired');
    expect(runner.take()).toEqual(expected);
  });

  test('of what actionverify says is gone is no failure', async () => {
    const fake = new FakeRunner((command) => !/^(?:unban|verify)/.test(command));
    const { actions, journal } = open([planOf({ commands: BASE, extras: { actionverify: 'verify <ip>' } })], {
      fake,
    });
    await actions.ban([V4]);
    await actions.unban([V4], 'manual');
    expect(journal.entries.at(-1)).toBe('end a unban 1.2.3.4=ok');
  });
});

describe('flush', () => {
  const FLUSHED = { ...FAMILIES, commands: { ...FAMILIES.commands, actionflush: 'flush <v>' } };

  test('is one command for each family that holds bans', async () => {
    const { actions, runner, journal, log } = open([planOf(FLUSHED)]);
    await actions.ban([V4, V6]);
    runner.take();
    await actions.flush([V4, V6], 'stop');
    expect(runner.take()).toEqual(['flush 4', 'flush 6']);
    expect(journal.outcomes.slice(-2)).toEqual([
      { id: '1.2.3.4', ok: true },
      { id: '2001:db8::1', ok: true },
    ]);
    expect(log.some(({ message }) => message === '[j] Flush ticket(s) with a')).toBe(true);
  });

  test('where there is none each ban is taken back', async () => {
    const { actions, runner } = open([planOf(FAMILIES)]);
    await actions.ban([V4, V6]);
    runner.take();
    await actions.flush([V4, V6], 'stop');
    expect(runner.take()).toEqual(['unban 1.2.3.4', 'unban 2001:db8::1']);
  });

  test('that fails twice gives way to single commands', async () => {
    const fake = new FakeRunner((command) => !command.startsWith('flush'));
    const { actions, runner } = open([planOf(FLUSHED)], { fake });
    await actions.ban([V4]);
    runner.take();
    await actions.flush([V4], 'stop');
    expect(runner.take()).toEqual(['flush 4', 'flush 4', 'unban 1.2.3.4']);
  });

  test('does nothing where nothing was banned', async () => {
    const { actions, runner } = open([planOf(FLUSHED)], {
      fake: new FakeRunner((c) => !c.startsWith('ban')),
    });
    await actions.ban([V4]);
    runner.take();
    await actions.flush([V4], 'stop');
    expect(runner.take()).toEqual([]);
  });
});

describe('restored, prolonged and doubtful bans', () => {
  test('norestored actions pass restored bans over, and their unbans', async () => {
    const { actions, runner, journal } = open([
      planOf({ commands: { ...BASE, actionstart: '' }, noRestored: true }),
    ]);
    const restored = { ...V4, restored: true };
    await actions.ban([restored]);
    await actions.unban([restored], 'expired');
    await actions.redo([restored]);
    expect(runner.take()).toEqual([]);
    expect(journal.entries).toEqual([
      'end a ban 1.2.3.4=skipped',
      'end a unban 1.2.3.4=skipped',
      'end a ban 1.2.3.4=skipped',
    ]);
  });

  test('actionprolong runs where there is one', async () => {
    const { actions, runner } = open([
      planOf({ name: 'a', commands: { actionban: 'ban <ip>', actionprolong: 'prolong <ip> <bantime>' } }),
      planOf({ name: 'b', commands: { actionban: 'ban <ip>' } }),
    ]);
    await actions.ban([V4]);
    runner.take();
    await actions.prolong([{ ...V4, banTimeSec: 1200 }]);
    expect(runner.take()).toEqual(['prolong 1.2.3.4 1200']);
  });

  test('redo takes back quietly, then bans', async () => {
    const fake = new FakeRunner((command) => !command.startsWith('unban'));
    const { actions, runner, log, journal } = open([planOf({ commands: BASE })], {
      fake,
      memory: () => ({ families: [{ family: '', state: 'started' }], holding: [], held: [V4] }),
    });
    await actions.redo([V4]);
    expect(runner.take()).toEqual(['unban 1.2.3.4', 'ban 1.2.3.4']);
    expect(log.filter(({ level }) => level === 'ERROR')).toEqual([]);
    expect(journal.outcomes).toEqual([{ id: '1.2.3.4', ok: true }]);
  });

  test('redo sends no mail twice', async () => {
    const { actions, runner, journal } = open([planOf({ commands: { actionban: 'mail <ip>' } })]);
    await actions.redo([V4]);
    expect(runner.take()).toEqual([]);
    expect(journal.outcomes).toEqual([{ id: '1.2.3.4', ok: true }]);
  });

  test('redo where the rules are new takes nothing back', async () => {
    const { actions, runner } = open([planOf({ commands: BASE })]);
    await actions.redo([V4, V6]);
    expect(runner.take()).toEqual(['start', 'ban 1.2.3.4', 'ban 2001:db8::1']);
  });

  test('redo asks what is there, where the action can tell', async () => {
    const there = '1.2.3.4\n1.2.3.5\n1.2.3.5\n';
    const fake = new FakeRunner((command) => (command === 'list' ? { stdoutTail: there } : true));
    const { actions, runner, journal } = open([planOf({ commands: BASE, extras: { actionlist: 'list' } })], {
      fake,
      memory: () => ({ families: [{ family: '', state: 'started' }], holding: [] }),
    });
    await actions.redo([V4, banOf('1.2.3.5'), banOf('1.2.3.6')]);
    expect(runner.take()).toEqual(['list', 'unban 1.2.3.5', 'ban 1.2.3.5', 'ban 1.2.3.6']);
    expect(journal.outcomes.every(({ ok }) => ok)).toBe(true);
  });

  test('reban runs actionreban, else actionban', async () => {
    const { actions, runner } = open([
      planOf({ name: 'a', commands: { actionban: 'ban a <ip>', actionreban: 'reban a <ip>' } }),
      planOf({ name: 'b', commands: { actionban: 'ban b <ip>' } }),
    ]);
    await actions.reban([V4]);
    expect(runner.take()).toEqual(['reban a 1.2.3.4', 'ban b 1.2.3.4']);
  });

  test('reban takes back first what may still be there', async () => {
    const { actions, runner } = open([planOf({ commands: { ...BASE, actionstart: '' } })]);
    await actions.ban([V4]);
    runner.take();
    await actions.reban([V4]);
    expect(runner.take()).toEqual(['unban 1.2.3.4', 'ban 1.2.3.4']);
  });
});

describe('check', () => {
  test('tells of every family that stands, and repairs it', async () => {
    let broken = false;
    const fake = new FakeRunner((command) => {
      if (command === 'start 6') broken = false;
      return !(broken && command === 'check 6');
    });
    const { actions, repairs } = open(
      [
        planOf({ ...FAMILIES, commands: { ...FAMILIES.commands, actioncheck: 'check <v>' } }),
        planOf({ name: 'b', commands: BASE }),
      ],
      { fake },
    );
    await actions.start();
    await actions.ban([V4, V6]);
    broken = true;
    expect(await actions.check()).toEqual([
      { action: 'a', family: 'inet4', state: 'sound' },
      { action: 'a', family: 'inet6', state: 'repaired' },
      { action: 'b', family: '', state: 'unchecked' },
    ]);
    expect(repairs).toEqual(['a inet6']);
  });
});

describe('raw ids', () => {
  test('use the base properties and what stands', async () => {
    const { actions, runner } = open([planOf(FAMILIES)]);
    await actions.ban([V6]);
    await actions.ban([banOf('joe')]);
    expect(runner.take()).toEqual(['start 6', 'ban 6 2001:db8::1', 'ban 4 joe']);
  });

  test('with an address belong to its family', async () => {
    const { actions, runner } = open([planOf(FAMILIES)]);
    await actions.ban([banOf('session', { data: { ip: '2001:db8::7' } })]);
    expect(runner.take()).toEqual(['start 6', 'ban 6 2001:db8::7']);
  });
});

describe('the rest of the contract', () => {
  test('`only` leaves the other actions alone', async () => {
    const { actions, runner } = open(
      ['a', 'b'].map((name) =>
        planOf({ name, commands: { actionban: `ban ${name}`, actionunban: `unban ${name}` } }),
      ),
    );
    await actions.ban([V4], ['b']);
    await actions.unban([V4], 'manual', ['b']);
    expect(runner.take()).toEqual(['ban b', 'unban b']);
  });

  test('one thing at a time, in the order of asking', async () => {
    const { actions, runner } = open([planOf({ commands: BASE })]);
    await Promise.all([actions.start(), actions.ban([V4]), actions.unban([V4], 'manual'), actions.stop()]);
    expect(runner.take()).toEqual(['start', 'ban 1.2.3.4', 'unban 1.2.3.4', 'stop']);
  });

  test('properties can be read and changed while it runs', async () => {
    const { actions, runner } = open([planOf(FAMILIES)]);
    const handle = actions.action('a');
    expect(handle?.properties.get('v')).toBe('4');
    expect(handle?.properties.get('actionban')).toBe('ban <v> <ip>');
    expect(handle?.properties.get('timeout')).toBe(60);
    await actions.ban([V4]);
    handle?.set('v', 'four');
    handle?.set('actionunban', 'release <ip> <v>');
    await actions.unban([V4], 'manual');
    expect(runner.take()).toEqual(['start 4', 'ban 4 1.2.3.4', 'release 1.2.3.4 four']);
    expect(actions.action('nobody')).toBeUndefined();
  });

  test('a Python plug-in fails its bans and says why, the others go on', async () => {
    const { actions, runner, journal } = open([
      planOf({ name: 'py', plugin: '/etc/fail2ban/action.d/other.py' }),
      planOf({ name: 'b', commands: { actionban: 'ban <ip>' } }),
    ]);
    expect((await actions.start())[0]?.state).toBe('broken');
    await actions.ban([V4]);
    await actions.unban([V4], 'manual');
    expect(runner.take()).toEqual(['ban 1.2.3.4']);
    expect(journal.outcomes[0]?.reason).toMatch(/other\.py is a Python plug-in/);
  });

  test('journal entries of fast commands go together, those of what cannot be taken back do not', async () => {
    const many = Array.from({ length: 30 }, (_, i) => banOf(`10.0.0.${i}`));
    const fast = open([planOf({ commands: { actionban: 'ban <ip>', actionunban: 'unban <ip>' } })]);
    await fast.actions.ban(many);
    expect(fast.journal.entries.length).toBeLessThan(12);
    expect(fast.runner.shells).toBe(1);
    const mail = open([planOf({ commands: { actionban: 'mail <ip>' } })]);
    await mail.actions.ban(many);
    expect(mail.journal.entries).toHaveLength(60);
  });
});
