/** Turns, tries and log lines around a command. */
import { describe, expect, test } from '@jest/globals';
import { Executor, reasonOf } from '../../src/core/action/executor.js';
import { isFirewallCommand, Queue } from '../../src/core/action/queue.js';
import { plainCommand } from '../../src/core/action/shell-command.js';
import type { LogRecord } from '../../src/core/events.js';
import { type Answer, FakeRunner, OK } from './helpers.js';

const LOCK = 'Another app is currently holding the xtables lock. Perhaps you want to use the -w option?\n';

function executor(respond: (command: string) => Answer) {
  const log: LogRecord[] = [];
  const waits: number[] = [];
  const runner = new FakeRunner(respond);
  const made = new Executor({
    runner,
    log: (record) => void log.push(record),
    firewall: new Queue(),
    sleep: async (ms) => void waits.push(ms),
  });
  const lines = (level: string) =>
    log
      .filter((record) => record.level === level)
      .map(({ message }) => message.replace(/^[0-9a-f]{8,} -- /, ''));
  return { executor: made, runner, log, waits, lines };
}

describe('the lock of iptables', () => {
  test('is waited for', async () => {
    let left = 3;
    const {
      executor: e,
      waits,
      lines,
    } = executor(() => (left-- > 0 ? { exitCode: 4, stderrTail: LOCK } : true));
    expect((await e.execute(plainCommand('iptables -I x'), { timeoutMs: 1000 })).ok).toBe(true);
    expect(waits).toEqual([50, 100, 250]);
    expect(lines('ERROR')).toEqual([]);
  });

  test('not for ever', async () => {
    const { executor: e, runner } = executor(() => ({ exitCode: 4, stderrTail: LOCK }));
    expect((await e.execute(plainCommand('iptables -I x'), { timeoutMs: 1000 })).ok).toBe(false);
    expect(runner.commands).toHaveLength(6);
  });

  test.each([
    'iptables -N x\niptables -A x',
    'iptables -N x; iptables -A x',
    'iptables -N x && iptables -A x',
  ])('not by running a list of commands again (%j)', async (command) => {
    const { executor: e, runner } = executor(() => ({ exitCode: 4, stderrTail: LOCK }));
    await e.execute(plainCommand(command), { timeoutMs: 1000 });
    expect(runner.commands).toHaveLength(1);
  });

  test.each([
    [{ exitCode: 4, stderrTail: 'iptables: Resource problem.\n' }],
    [{ exitCode: 1, stderrTail: 'Chain already exists.' }],
  ])('is not what every failure means (%j)', async (answer) => {
    const { executor: e, runner } = executor(() => answer);
    await e.execute(plainCommand('iptables -I x'), { timeoutMs: 1000 });
    expect(runner.commands).toHaveLength(1);
  });
});

describe('log lines', () => {
  test('of a failure are errors', async () => {
    const { executor: e, lines } = executor(() => ({
      exitCode: 3,
      stdoutTail: "a\nit's\n",
      stderrTail: 'b\n',
    }));
    await e.execute({ command: 'cmd "$f2bV_m"', variables: [['f2bV_m', 'x y']] }, { timeoutMs: 1000 });
    expect(lines('ERROR')).toEqual([
      `exec: ['f2bV_m=$0 \\ncmd "$f2bV_m"', 'x y']`,
      "stdout: 'a'",
      `stdout: "it's"`,
      "stderr: 'b'",
      'returned 3',
    ]);
  });

  test.each([
    [
      { timedOut: true, exitCode: undefined, signal: 'SIGTERM' },
      ['timed out after 7 seconds.', 'killed with SIGTERM (return code: -15)'],
    ],
    [{ exitCode: undefined, signal: 'SIGKILL' }, ['killed with SIGKILL (return code: -9)']],
    [{ exitCode: undefined, startError: 'ENOENT' }, ['cannot be started (ENOENT)']],
  ])('of %j', async (answer, expected) => {
    const { executor: e, lines } = executor(() => answer as Answer);
    await e.execute(plainCommand('cmd'), { timeoutMs: 7000 });
    expect(lines('ERROR')).toEqual(['exec: cmd', ...expected]);
  });

  test('of a command that is not found give a hint', async () => {
    const { executor: e, lines } = executor(() => ({ exitCode: 127 }));
    await e.execute(plainCommand('cmd'), { timeoutMs: 1000 });
    expect(lines('INFO').join()).toMatch(/HINT on 127/);
  });

  test('of a success, or of a failure that is expected, are for debugging', async () => {
    const { executor: e, lines } = executor((command) => command === 'good');
    await e.execute(plainCommand('good'), { timeoutMs: 1000 });
    await e.execute(plainCommand('bad'), { timeoutMs: 1000, quiet: true });
    expect(lines('ERROR')).toEqual([]);
    expect(lines('DEBUG')).toContain('returned successfully 0');
  });
});

describe('turns', () => {
  test('commands of the firewall wait for each other, others do not', async () => {
    const queue = new Queue();
    const running: string[] = [];
    let most = 0;
    const make = () =>
      new Executor({
        runner: {
          async run({ command }) {
            running.push(command);
            most = Math.max(most, running.filter((one) => one === command).length);
            await new Promise((resolve) => setTimeout(resolve, 20));
            running.splice(running.indexOf(command), 1);
            return OK;
          },
          many: () => ({ run: async () => OK, close: async () => {} }),
        },
        log: () => {},
        firewall: queue,
      });
    const [a, b] = [make(), make()];
    await Promise.all([a, b].map((one) => one.execute(plainCommand('iptables x'), { timeoutMs: 1000 })));
    expect(most).toBe(1);
    await Promise.all([a, b].map((one) => one.execute(plainCommand('mail x'), { timeoutMs: 1000 })));
    expect(most).toBe(2);
  });

  test.each([
    'iptables -w -N x',
    '/sbin/ip6tables x',
    'x; ipset add',
    'nft add',
    'ip route add',
    'ip -6 route add',
    'ufw deny',
    'firewall-cmd --x',
  ])('%s is one of the firewall', (command) => expect(isFirewallCommand(command)).toBe(true));

  test.each(['sendmail x', 'echo route66', 'whois 1.2.3.4', 'printf x >> /etc/hosts.deny'])(
    '%s is not',
    (command) => expect(isFirewallCommand(command)).toBe(false),
  );

  test('a failure holds nobody up', async () => {
    const queue = new Queue();
    await expect(queue.run(async () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    expect(await queue.run(async () => 1)).toBe(1);
  });
});

test('a reason is one line with the end of what was said', () => {
  const result = { ...OK, ok: false, exitCode: 2, stderrTail: 'one\ntwo\nthree\nfour\n' };
  expect(reasonOf('actionban', result, 60_000)).toBe('actionban returned 2: two | three | four');
  expect(reasonOf('actionban', { ...OK, ok: false, exitCode: undefined, timedOut: true }, 60_000)).toBe(
    'actionban timed out after 60 s',
  );
});
