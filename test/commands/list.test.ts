/** f2b list and f2b show, as a user runs them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { folderOf } from '../config/tree.js';
import { f2b, ROOT } from './f2b.js';

const dir = folderOf({
  'f2b.conf': '',
  'jail.local': '[sshd]\nenabled = true\n',
  'filters.d/of-my-own.conf': '# Mine: \x1b[31mred logins.\n[Definition]\nfailregex = ^<HOST>$\n',
});
const here = ['-c', dir];

describe('f2b list', () => {
  test('has name and description on one line each', async () => {
    const { stdout, stderr, status } = await f2b(['list', 'filters', ...here, 'openssh']);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toMatch(/^sshd {2}OpenSSH: .+\.\n$/);
  });

  test('has a title for each of several kinds, and marks what is on', async () => {
    const { stdout } = await f2b(['list', ...here]);
    expect(stdout).toMatch(/^filters\n/);
    expect(stdout).toMatch(/^\nactions\n/m);
    expect(stdout).toMatch(/^\njails\n/m);
    expect(stdout).toMatch(/^sshd +\[on\] OpenSSH: /m);
  });

  test('escapes what files say', async () => {
    const { stdout } = await f2b(['list', 'filter', ...here, 'of-my-own']);
    expect(stdout).toBe('of-my-own  Mine: \\x1b[31mred logins.\n');
  });

  test('has names alone, and enabled jails alone', async () => {
    expect((await f2b(['list', 'jails', '--enabled', '--names', ...here])).stdout).toBe('sshd\n');
    expect((await f2b(['list', '--enabled', ...here])).stdout).toMatch(/^sshd {2}\[on\] /);
    expect((await f2b(['list', 'filters', '--names', ...here])).stdout.split('\n')).toContain('of-my-own');
  });

  test('says when files of jails could not be read: then some may be missing', async () => {
    const torn = folderOf({
      'f2b.conf': '',
      'jail.conf': '\0\x01',
      'jail.local': '[sshd]\nenabled = true\n',
    });
    writeFileSync(join(torn, 'jail.conf'), Buffer.from([0x5b, 0xff, 0xfe, 0x0a]));
    for (const words of [['jails'], ['jails', '--names'], ['--enabled', '--names'], []]) {
      const { stdout, stderr, status } = await f2b(['list', ...words, '-c', torn]);
      expect(stdout).toContain('sshd');
      expect({ stderr, status }).toEqual({ stderr: expect.stringContaining('is not UTF-8'), status: 255 });
    }
    expect((await f2b(['show', 'sshd', '-c', torn])).status).toBe(255);
    expect((await f2b(['list', 'jails', '--json', '-c', torn])).status).toBe(255);
    expect((await f2b(['list', 'filters', '-c', torn])).status).toBe(0);
  });

  test('gives JSON of the kinds asked for', async () => {
    const { stdout } = await f2b(['list', 'jails', '--json', ...here, 'openssh']);
    expect(JSON.parse(stdout)).toEqual({
      jails: [
        {
          name: 'sshd',
          what: expect.stringMatching(/^OpenSSH: /),
          file: `${ROOT}/jail.d/sshd.conf`,
          inForce: true,
          enabled: true,
        },
      ],
    });
  });

  test('says when there is nothing', async () => {
    expect(await f2b(['list', 'filters', ...here, 'no', 'such'])).toEqual({
      status: 0,
      stdout: '',
      stderr: 'There is no filter with no and such in its name or description.\n',
    });
  });

  test.each([
    [['list', 'filtres'], 2, 'unknown kind: filtres\nDid you mean filters?'],
    [['list', 'sshd'], 2, 'unknown kind: sshd\nSay filters, actions, jails first: f2b list filters sshd'],
    [['list', 'filters', '--enabled'], 2, '--enabled is of jails, not of filters'],
    [['list', '-c', '/nowhere/at/all'], 255, 'Base configuration directory /nowhere/at/all does not exist'],
  ])('refuses %j', async (args, status, message) => {
    const found = await f2b(args);
    expect({ status: found.status, stdout: found.stdout }).toEqual({ status, stdout: '' });
    expect(found.stderr).toContain(message);
  });
});

describe('f2b show', () => {
  test('tells of a name as filter and as jail', async () => {
    const { stdout, stderr, status } = await f2b(['show', 'sshd', ...here]);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toMatch(/^filter sshd\n {2}OpenSSH: /);
    expect(stdout).toMatch(/^modes\n {2}normal +failed .*\(the\n? *default\)$/m);
    expect(stdout).toMatch(/^options\n {2}publickey {2}\(default: nofail\)\n {4}nofail +\S/m);
    expect(stdout).toMatch(/^a line that counts\n {2}Nov 21 .* sshd\[\d+\]: Failed password /m);
    expect(stdout).toMatch(/^with mode=ddos also\n {2}Nov 21 /m);
    expect(stdout).toMatch(/^for jail\.local\n {2}\[sshd\]\n {2}enabled = true\n/m);
    expect(stdout).toMatch(/^jail sshd\n/m);
    expect(stdout).toMatch(/^ {2}enabled +yes\n {2}filter +sshd\[mode=normal\]\n {2}port +ssh\n/m);
    expect(stdout).toMatch(
      /^ {2}reads +\/var\/log\/auth\.log\n(?: .*\n)*? {4}.*fedora.* {2}\/var\/log\/secure$/m,
    );
  });

  test('shows only lines that the very filter counts', async () => {
    const other = folderOf({
      'fail2ban.conf': '',
      'filter.d/sshd.conf': '# another\n[Definition]\nfailregex = for invalid user \\S+ from <HOST>\n',
    });
    const { stdout } = await f2b(['show', 'sshd', '-c', other]);
    expect(stdout).toMatch(/^a line that counts\n {2}.*for invalid user/m);
    expect(stdout).not.toContain('for root');
    expect(stdout).toMatch(
      /^jail sshd\n(?:.*\n)* {2}It ships with f2b; jails of this configuration do not find it\.\n/m,
    );
  });

  test('tells how an action is used', async () => {
    const { stdout } = await f2b(['show', 'blocklist_de', 'nftables', ...here]);
    expect(stdout).toMatch(/^parameters\n {2}email +\S/m);
    expect(stdout).toMatch(
      /^for jail\.local; to fill in: .*apikey.*\n {2}action = %\(action_\)s\n {11}blocklist_de\[email="…", apikey="…"/m,
    );
    expect(stdout).toMatch(/^for jail\.local\n {2}banaction = nftables\n/m);
  });

  test('gives JSON', async () => {
    const { stdout } = await f2b(['show', 'postfix', '--json', ...here]);
    const { found } = JSON.parse(stdout);
    expect(found.map(({ kind }: { kind: string }) => kind)).toEqual(['filter', 'jail']);
    expect(found[0]).toMatchObject({
      defaultMode: 'more',
      jails: ['postfix', 'postfix-rbl', 'postfix-sasl'],
    });
    expect(found[0].samples.map(({ mode }: { mode: string }) => mode)).toContain('auth');
    expect(found[1]).toMatchObject({ port: 'smtp,465,submission', enabled: false });
  });

  test.each([
    ['sshdd', 'there is no filter, action or jail sshdd\nDid you mean sshd?'],
    ['sshd.conf', 'there is no filter, action or jail sshd.conf\nDid you mean sshd?'],
    [
      'nonsense-of-mine',
      'there is no filter, action or jail nonsense-of-mine\nf2b list tells which there are.',
    ],
  ])('refuses %s', async (name, message) => {
    expect(await f2b(['show', name, ...here])).toEqual({
      status: 255,
      stdout: '',
      stderr: `ERROR: ${message}\n`,
    });
  });

  test('says so in JSON too', async () => {
    const { stdout, status } = await f2b(['show', 'sshdd', '--json', ...here]);
    expect({ status, error: JSON.parse(stdout).error.code }).toEqual({ status: 255, error: 'unknown-name' });
  });
});
