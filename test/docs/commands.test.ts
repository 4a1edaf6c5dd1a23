/**
 * What a user meets first: the help of every command, and a command without what it needs.
 */
import { describe, expect, test } from '@jest/globals';
import { COMMANDS } from '../../src/index.js';
import { f2b, ROOT } from '../commands/f2b.js';

describe('f2b', () => {
  test('--help lists every command with its summary', async () => {
    const { stdout, status } = await f2b(['--help']);
    expect(status).toBe(0);
    for (const [name, { summary }] of Object.entries(COMMANDS)) {
      expect(stdout).toMatch(new RegExp(`^ +${name} +${summary.slice(0, 20)}`, 'm'));
    }
  });

  test.each(Object.keys(COMMANDS))('%s --help shows usage and options', async (name) => {
    const { stdout, stderr, status } = await f2b([name, '--help']);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toMatch(new RegExp(`^USAGE\\n {2}\\$ f2b ${name} `, 'm'));
    // These ask no configuration.
    const own: Readonly<Record<string, RegExp>> = { link: /^ +--dir=/m, completion: /^ +SHELL /m };
    expect(stdout).toMatch(own[name] ?? /^ +-c, --config=/m);
  });

  test('regex without its arguments shows the help and says what is missing', async () => {
    const { stdout, stderr, status } = await f2b(['regex', 'one']);
    expect(status).toBe(255);
    expect(stdout).toMatch(/^USAGE$/m);
    expect(stderr).toBe('\nERROR: provide both <LOG> and <REGEX>.\n');
  });

  test('regex --format table shows places, hits and counts', async () => {
    const args = ['regex', '-c', ROOT, '--format', 'table', 'examples/mail.log', 'postfix'];
    const { stdout, status } = await f2b(args, { cwd: ROOT });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ +hits +# +failregex$/m);
    expect(stdout).toMatch(/^ +16 +1 .* postfix\.conf:\d+$/m);
    expect(stdout).toMatch(/\b142 missed\b|missed.*\b142\b/);
  });

  test('names a command that does not exist', async () => {
    const { stderr, status } = await f2b(['nosuch']);
    expect(status).toBe(2);
    expect(stderr).toContain('nosuch');
  });
});
