/**
 * The jails that ship: off until a jail.local turns them on, sound in every combination, in fail2ban's dialect, and with
 * the ports and numbers that fail2ban's jails of these names have.
 */
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkConfig } from '../../src/core/config/check/index.js';
import {
  ConfigFolder,
  type JailPlan,
  loadConfig,
  showCommand,
  statePaths,
} from '../../src/core/config/index.js';
import { ROOT } from '../commands/f2b.js';
import { folderOf } from '../config/tree.js';
import { dumpOfF2b, dumpOfFail2ban, INSTALLED, writeTree } from '../differential/dump-compare.js';

/** The sections of all files: each has one jail, or a few of one service. */
const JAILS = readdirSync(join(ROOT, 'jail.d'))
  .filter((file) => file.endsWith('.conf'))
  .flatMap((file) => [...readFileSync(join(ROOT, 'jail.d', file), 'utf8').matchAll(/^\[([^\]]+)\]$/gm)])
  .map(([, name]) => name as string)
  .filter((name) => name !== 'DEFAULT' && name !== 'INCLUDES')
  .sort();
const PATH_SETS = readdirSync(join(ROOT, 'jail.d/paths'));
const describeInstalled = INSTALLED ? describe : describe.skip;

const over = (jailLocal: string) => new ConfigFolder(folderOf({ 'jail.local': jailLocal }), ROOT);
const load = (jailLocal: string, mode: 'start' | 'dump' = 'start') =>
  loadConfig({ folder: over(jailLocal), mode, state: statePaths({ uid: 0, home: '/root' }) });
/** Jails that the installed fail2ban has as well. */
const namesOfFail2ban = (): Set<string> => {
  const { disabled, jails } = loadConfig({ folder: new ConfigFolder('/etc/fail2ban'), mode: 'start' });
  return new Set([...disabled, ...jails.map(({ name }) => name)]);
};
/** Ours close all ports of the service, or name one otherwise (465). */
const OTHER_PORTS = ['cyrus-imap', 'domino-smtp', 'kerio', 'sieve', 'uwimap-auth'];
const ALL_ON = '[DEFAULT]\nenabled = true\n';

describe('nothing configured', () => {
  test('is what ships: all jails are there, and off', () => {
    const folder = new ConfigFolder(ROOT, ROOT);
    const { disabled, jails, problems, usable } = loadConfig({ folder, mode: 'start' });
    expect([...disabled].sort()).toEqual(JAILS);
    expect({ jails, problems, usable }).toEqual({ jails: [], problems: [], usable: true });
  });

  test('is without a mistake, also with every jail turned on', async () => {
    for (const jails of [[], JAILS]) {
      const { findings } = await checkConfig({ folder: new ConfigFolder(ROOT, ROOT), year: 2026, jails });
      expect(findings.filter(({ code }) => code !== 'no-log')).toEqual([]);
    }
  });
});

describe('a jail.local', () => {
  const log = join(folderOf({ 'x.log': '' }), 'x.log');

  test.each(JAILS)('turns %s on, and nothing else', (name) => {
    const { jails, problems, fatal } = load(`[${name}]\nenabled = true\nlogpath = ${log}\n`);
    expect({ fatal, problems: problems.filter(({ level }) => level !== 'notice') }).toEqual({ problems: [] });
    expect(jails.map((jail) => jail.name)).toEqual([name]);
    expect(jails[0]?.filter.failregex.length).toBeGreaterThan(0);
    expect(jails[0]?.actions.length).toBeGreaterThan(0);
    expect(jails[0]?.logPaths[0]?.value.files).toEqual([log]);
  });

  test('bans as its banaction says, whole machines where a jail wants that', () => {
    const named = (text: string) =>
      load(`${ALL_ON}${text}`, 'dump').jails.map(({ name, actions }) => `${name} ${actions[0]?.file}`);
    expect(named('banaction = iptables-multiport\nbanaction_allports = iptables-allports\n')).toEqual(
      expect.arrayContaining(['sshd iptables-multiport', 'recidive iptables-allports']),
    );
    expect(named('banaction = hostsdeny\n')).toContain('sshd hostsdeny');
  });

  test.each([
    ['action_', ['nftables']],
    ['action_mw', ['nftables', 'sendmail-whois']],
    ['action_mwl', ['nftables', 'sendmail-whois-lines']],
    ['action_)s\n %(action_blocklist_de', ['nftables', 'blocklist_de']],
  ])('chooses an action: %s', (choice, names) => {
    const { jails, problems } = load(
      `[DEFAULT]\naction = %(${choice})s\nblocklist_de_apikey = KEY\n[sshd]\nenabled = true\nlogpath = ${log}\n`,
    );
    expect(problems.filter(({ level }) => level !== 'notice')).toEqual([]);
    expect(jails[0]?.actions.map(({ name }) => name)).toEqual(names);
    const values = jails[0]?.actions.map(({ properties }) => properties.get('name')?.value);
    expect(values).toEqual(names.map(() => 'sshd'));
  });

  test('closes the ports of a service over TCP and UDP', () => {
    const [asterisk] = load('[asterisk]\nenabled = true\n', 'dump').jails;
    const shown = asterisk?.actions.map(({ name, properties }) =>
      [name, ...['name', 'port', 'protocol'].map((key) => properties.get(key)?.value)].join(' '),
    );
    expect(shown).toEqual([
      'nftables-tcp asterisk-tcp 5060,5061 tcp',
      'nftables-udp asterisk-udp 5060,5061 udp',
    ]);
  });

  test('adds to the addresses that are never banned', () => {
    const [sshd] = load(
      '[DEFAULT]\nignoreip = %(localhost)s 192.0.2.0/24\n[sshd]\nenabled = true\n',
      'dump',
    ).jails;
    expect(sshd?.ignoreIp.map(({ value }) => value)).toEqual(['127.0.0.0/8', '::1', '192.0.2.0/24']);
  });

  /** Names of fail2ban's jail.conf and paths-*.conf that people refer to. */
  test.each(
    `action_ action_mw action_mwl action_xarf banaction banaction_allports chain default_backend destemail
    fail2ban_agent fail2ban_version fail2ban_confpath mode mta port protocol sender action_abuseipdb apache_access_log
    apache_error_log auditd_log dovecot_backend dovecot_log dropbear_backend dropbear_log exim_main_log lighttpd_error_log
    mysql_backend mysql_log nginx_access_log nginx_error_log postfix_backend postfix_log proftpd_backend proftpd_log
    pureftpd_backend pureftpd_log roundcube_errors_log solidpop3d_log sshd_backend sshd_log suhosin_log syslog_authpriv
    syslog_backend syslog_daemon syslog_ftp syslog_local0 syslog_mail syslog_mail_warn syslog_user vsftpd_log
    wuftpd_backend wuftpd_log`.split(/\s+/),
  )('may refer to %s', (name) => {
    const { jails, fatal } = load(
      `[x]\nenabled = true\nfilter = sshd\naction = dummy\nlogpath = ${log}\nignorecommand = %(${name})s\n`,
    );
    expect(fatal).toBeUndefined();
    expect(jails[0]?.ignoreCommand?.value).toBeTruthy();
  });
});

describe.each(PATH_SETS)('%s', (set) => {
  const text = `[INCLUDES]\nbefore = ${set}\n${ALL_ON}`;
  /** Holds what the others have in common, by names that each of them defines. */
  const whole = set !== 'paths-common.conf';

  test('makes every jail sound', async () => {
    const { findings, jails } = await checkConfig({ folder: over(text), year: 2026, hasJournal: false });
    expect([...jails].sort()).toEqual(JAILS);
    expect(findings.filter(({ code }) => code !== 'no-log')).toEqual([]);
  });

  test('names a log for every jail', () => {
    const { jails } = load(text, 'dump');
    const patterns = (jail: JailPlan) => jail.logPaths.map(({ value }) => value.pattern);
    expect(jails).toHaveLength(JAILS.length);
    for (const jail of jails.filter(({ backend }) => !backend.value.startsWith('systemd'))) {
      expect(patterns(jail)).not.toEqual([]);
      expect(
        patterns(jail).filter((path) => !/^\/[\w.*/[\]-]+$/.test(path) || /^\/dev\//.test(path)),
      ).toEqual([]);
    }
  });

  if (whole) {
    test('leaves nothing of another set behind', () => {
      const places = loadConfig({
        folder: over(`${text}systemd_if_nologs = false\n`),
        mode: 'dump',
      }).jails.flatMap(({ logPaths }) => logPaths.map(({ origin }) => origin?.file));
      const files = [set, 'paths-common.conf'].map((name) => join(ROOT, 'jail.d/paths', name));
      expect(places.filter((file) => !files.includes(file ?? ''))).toEqual([]);
    });
  }
});

describe('a jail whose log is not there', () => {
  const backends = (text: string) =>
    load(`[DEFAULT]\nenabled = true\n${text}`, 'dump')
      .jails.filter(({ backend }) => backend.value === 'systemd')
      .map(({ name }) => name)
      .sort();
  const nowhere = `${JAILS.map((name) => `[${name}]\nlogpath = /nowhere/x.log\n`).join('')}`;

  test('reads the journal, if its filter knows what to ask for', () => {
    const asked = load(`${ALL_ON}systemd_if_nologs = false\n${nowhere}`, 'dump').jails.filter(
      ({ filter }) => filter.journalmatch.length > 0,
    );
    // Its backend is set: it reads f2b's own log.
    const names = asked
      .map(({ name }) => name)
      .filter((name) => name !== 'recidive')
      .sort();
    expect(backends(nowhere)).toEqual(names);
    expect(names).toEqual(expect.arrayContaining(['sshd', 'postfix', 'caddy']));
  });

  test('does not where there is none', () => {
    expect(backends(`systemd_if_nologs = false\n${nowhere}`)).toEqual([]);
  });
});

describeInstalled('beside the installed fail2ban', () => {
  const installed = (jailLocal: string) => {
    const dir = folderOf({ 'jail.local': jailLocal });
    for (const name of readdirSync('/etc/fail2ban')) {
      if (name !== 'jail.local') symlinkSync(join('/etc/fail2ban', name), join(dir, name));
    }
    return dir;
  };
  const NAMES = ['maxretry', 'maxmatches', 'findtime', 'bantime', 'usedns', 'logencoding', 'addlogpath'];
  const shapeOf = (jail: JailPlan | undefined) => ({
    settings: jail?.commands
      .map(showCommand)
      .filter((line) => NAMES.some((name) => line.startsWith(`['set', '${jail.name}', '${name}'`))),
    actions: jail?.actions.map(({ file, properties }) => {
      const keys = file.startsWith('sendmail') ? ['sender', 'dest', 'logpath'] : ['port', 'protocol'];
      return ['name', 'chain', ...keys].map((key) => properties.get(key)?.value);
    }),
  });

  test.each(
    [...(INSTALLED ? namesOfFail2ban() : ['sshd'])].filter(
      (name) => JAILS.includes(name) && !OTHER_PORTS.includes(name),
    ),
  )('%s has the same settings', (name) => {
    const text = `[DEFAULT]\nbanaction = iptables-multiport\nbanaction_allports = iptables-allports
action = %(action_mwl)s\n[${name}]\nenabled = true\nbackend = polling\nlogpath = /dev/null\n`;
    const theirs = loadConfig({ folder: new ConfigFolder(installed(text)), only: new Set([name]) }).jails[0];
    expect(shapeOf(theirs).settings?.length).toBeGreaterThan(5);
    expect(shapeOf(load(text).jails[0])).toEqual(shapeOf(theirs));
  });

  test('fail2ban reads these files as f2b does', async () => {
    const dir = folderOf({
      'fail2ban.conf': '[Definition]\n',
      'jail.conf': '[DEFAULT]\n',
      'jail.local': `${ALL_ON}fail2ban_agent = x\nblocklist_de_apikey = KEY\naction = %(action_mwl)s\n  %(action_blocklist_de)s\n`,
    });
    for (const [name, source] of Object.entries({
      'filter.d': 'filters.d',
      'action.d': 'action.d',
      'jail.d': 'jail.d',
    })) {
      symlinkSync(join(ROOT, source), join(dir, name));
    }
    const theirs = await dumpOfFail2ban(dir);
    const ours = dumpOfF2b(dir);
    expect({ ...theirs, reason: '' }).toMatchObject({ refused: false });
    // Where a jail sets an option of an action, f2b sets it for IPv6 as well; fail2ban keeps the action's own.
    const alike = (line: string) => !line.startsWith("['multi-set', 'pass2allow-ftp', 'action'");
    expect(ours.lines.filter(alike)).toEqual(theirs.lines?.filter(alike));
    expect(ours.lines.filter((line) => line.startsWith("['start'"))).toHaveLength(JAILS.length);
  });

  test('a jail.local of fail2ban turns on the same jails', async () => {
    const dir = folderOf({});
    mkdirSync(join(dir, 'jail.d'));
    writeTree(dir, { 'jail.local': '[sshd]\nenabled = true\nbackend = systemd\n' });
    const { jails } = loadConfig({ folder: new ConfigFolder(dir, ROOT), mode: 'start' });
    expect(jails.map(({ name, backend }) => `${name} ${backend.value}`)).toEqual(['sshd systemd']);
  });
});
