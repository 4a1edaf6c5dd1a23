/**
 * f2b's own filters beside an installed fail2ban: they find what its annotated sample logs expect, and both engines make
 * the same of f2b's samples. The logs are only processed; failing lines are named by file and number.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAddress } from '../../src/core/net/address.js';
import { feed, filterOf, NOW_SEC, planOf, ROOT } from '../filters/run-filter.js';
import { readSamples } from '../filters/sample-file.js';
import {
  type AnnotatedLine,
  annotatedLogsInstalled,
  hasAnnotatedLog,
  readAnnotatedLog,
} from './annotated-logs.js';

const MODES: Readonly<Record<string, readonly string[]>> = {
  '3proxy': [''],
  'apache-auth': ['normal', 'aggressive'],
  'apache-badbots': [''],
  'apache-botsearch': [''],
  'apache-fakegooglebot': [''],
  'apache-modsecurity': [''],
  'apache-nohome': [''],
  'apache-noscript': [''],
  'apache-overflows': [''],
  'apache-pass': [''],
  'apache-shellshock': [''],
  assp: [''],
  asterisk: [''],
  bitwarden: [''],
  centreon: [''],
  'counter-strike': [''],
  'courier-auth': [''],
  'courier-smtp': [''],
  cowrie: [''],
  'cyrus-imap': [''],
  dante: [''],
  directadmin: [''],
  'domino-smtp': [''],
  dovecot: ['normal', 'aggressive'],
  dropbear: [''],
  'drupal-auth': [''],
  'ejabberd-auth': [''],
  exim: ['normal', 'more', 'aggressive'],
  'exim-spam': [''],
  freeswitch: ['extra', 'normal', 'ddos'],
  'froxlor-auth': [''],
  gitlab: [''],
  grafana: [''],
  groupoffice: [''],
  gssftpd: [''],
  guacamole: [''],
  'haproxy-http-auth': [''],
  horde: [''],
  kerio: [''],
  'lighttpd-auth': [''],
  'mongodb-auth': [''],
  monit: [''],
  monitorix: [''],
  'mssql-auth': [''],
  murmur: [''],
  'mysqld-auth': [''],
  nagios: [''],
  'named-refused': [''],
  'nginx-bad-request': [''],
  'nginx-botsearch': [''],
  'nginx-forbidden': [''],
  'nginx-http-auth': ['auth', 'fallback', 'aggressive'],
  'nginx-limit-req': [''],
  nsd: [''],
  openhab: [''],
  openvpn: [''],
  openwebmail: [''],
  oracleims: [''],
  'pam-generic': [''],
  perdition: [''],
  'php-url-fopen': [''],
  'phpmyadmin-syslog': [''],
  portsentry: [''],
  postfix: ['more', 'auth', 'rbl', 'ddos', 'aggressive', 'errors'],
  proftpd: [''],
  proxmox: [''],
  'pure-ftpd': [''],
  qmail: [''],
  recidive: [''],
  'roundcube-auth': [''],
  'routeros-auth': [''],
  scanlogd: [''],
  screensharingd: [''],
  'selinux-ssh': [''],
  'sendmail-auth': [''],
  'sendmail-reject': ['normal', 'extra', 'aggressive'],
  sieve: [''],
  slapd: [''],
  softethervpn: [''],
  'sogo-auth': [''],
  'solid-pop3d': [''],
  spam: ['aggressive'],
  squid: [''],
  squirrelmail: [''],
  sshd: ['normal', 'ddos', 'extra', 'aggressive'],
  stunnel: [''],
  suhosin: [''],
  tine20: [''],
  'traefik-auth': ['normal', 'ddos', 'aggressive'],
  'uwimap-auth': [''],
  vaultwarden: [''],
  vsftpd: [''],
  'webmin-auth': [''],
  wuftpd: [''],
  'xinetd-fail': [''],
  xrdp: [''],
  'znc-adminlog': [''],
  zoneminder: [''],
};

/**
 * Lines that ours refuse on purpose: a client can write them so that the first address is anybody's (a user name that
 * ends in "from ADDRESS port 1 ssh2:", a name with colons that nginx does not make, three "from ADDRESS" of which one may be
 * the name again). And some that are nobody's fault: two of 3proxy that ordinary browsers cause (a first request without a
 * login, a connection without a request), two of ASSP whose daemon for passwords is away.
 */
const REFUSED = new Set([
  '3proxy:2',
  '3proxy:6',
  'assp:42',
  'assp:44',
  'sshd:144',
  'sshd-journal:145',
  'nginx-http-auth:14',
  'pam-generic:23',
  'roundcube-auth:20',
  'roundcube-auth:24',
  'roundcube-auth:32',
]);

/** Modes that 1.1.1 moved lines to which the installed version has in its default mode. */
const FORMER_MODES: Readonly<Record<string, string>> = { exim: 'more' };

const withLogs = annotatedLogsInstalled() ? describe : describe.skip;
const withEngine = spawnSync('fail2ban-regex', ['--version']).status === 0 ? describe : describe.skip;

withLogs("the installed fail2ban's annotated logs", () => {
  test.each(Object.keys(MODES).filter(hasAnnotatedLog))('hold for our %s', (name) => {
    const lines = readAnnotatedLog(name);
    const report = judge(name, lines);
    expect(report).toEqual({ ...report, found: report.expected, missed: [], misjudged: [], wrongHost: [] });
    expect(report.expected).toBeGreaterThan(0);
  });
});

interface Report {
  readonly expected: number;
  readonly found: number;
  readonly missed: string[];
  readonly misjudged: string[];
  readonly wrongHost: string[];
}

function judge(name: string, lines: readonly AnnotatedLine[]): Report {
  const report = {
    expected: 0,
    found: 0,
    missed: [] as string[],
    misjudged: [] as string[],
    wrongHost: [] as string[],
  };
  for (const set of new Set(lines.map((line) => JSON.stringify(line.options)))) {
    const former = FORMER_MODES[name];
    const given = JSON.parse(set) as Record<string, string>;
    const options: Record<string, string> = former ? { mode: former, ...given } : given;
    const filter = filterOf(planOf(name, options));
    for (const line of lines.filter((each) => JSON.stringify(each.options) === set)) {
      const at = `${line.at} ${set}`;
      const stamp = options['logtype'] === 'journal' ? { text: '', epochSec: NOW_SEC } : undefined;
      const found = feed(filter, line.text, stamp);
      const failed = found.verdict === 'failure';
      if (REFUSED.has(line.at)) {
        if (failed) report.misjudged.push(`${at}: could be forged`);
        continue;
      }
      if (line.match) report.expected++;
      if (line.match && failed) report.found++;
      if (line.match && !failed) report.missed.push(`${at}: ${found.verdict}`);
      if (!line.match && failed) report.misjudged.push(`${at}: regex ${found.regex}`);
      if (line.match && failed && line.host !== undefined && !same(found.host, line.host))
        report.wrongHost.push(at);
    }
  }
  return report;
}

/** Addresses are compared by meaning, names and other ids by letter. */
function same(found: string | undefined, expected: string): boolean {
  return (
    found === expected ||
    (found !== undefined && String(parseAddress(found)) === String(parseAddress(expected)))
  );
}

withEngine('both engines', () => {
  let config = '';
  beforeAll(() => {
    config = mkdtempSync(join(tmpdir(), 'f2b-own-filters-'));
    symlinkSync(join(ROOT, 'filters.d'), join(config, 'filter.d'));
  });
  afterAll(() => rmSync(config, { recursive: true, force: true }));

  const cases = Object.entries(MODES).flatMap(([name, modes]) => modes.map((mode) => [name, mode] as const));
  test.each(cases)('find the same in the samples of %s %s', (name, mode) => {
    // fail2ban reads no JSON.
    const samples = readSamples(name).filter((sample) => sample.options?.['format'] === undefined);
    for (const set of new Set(samples.map((sample) => JSON.stringify(sample.options ?? {})))) {
      const texts = samples
        .filter((each) => JSON.stringify(each.options ?? {}) === set)
        .map((each) => each.text);
      const options = { ...(mode ? { mode } : {}), ...(JSON.parse(set) as Record<string, string>) };
      const filter = filterOf(planOf(name, options));
      const ours = texts.map((text) => feed(filter, text).host).filter((host) => host !== undefined);
      expect({ set, found: ours }).toEqual({ set, found: byFail2ban(name, options, texts) });
    }
  });

  function byFail2ban(name: string, options: Record<string, string>, texts: readonly string[]): string[] {
    const log = join(config, 'samples.log');
    writeFileSync(log, `${texts.join('\n')}\n`);
    const brackets = Object.entries(options).map(([key, value]) => `${key}="${value}"`);
    const argument = brackets.length > 0 ? `${name}[${brackets}]` : name;
    const run = spawnSync('fail2ban-regex', ['-c', config, '--usedns', 'raw', '-o', 'id', log, argument], {
      encoding: 'utf8',
    });
    expect(run.stderr).toBe('');
    return run.stdout.split('\n').filter((line) => line !== '');
  }
});
