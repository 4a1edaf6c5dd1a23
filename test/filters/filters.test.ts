import { describe, expect, test } from '@jest/globals';
import { forgeries, VICTIM } from './forgeries.js';
import { type FilterOptions, type Found, feed, filterOf, NOW_SEC, planOf } from './run-filter.js';
import { readSamples, type Sample } from './sample-file.js';

/** The shipped filters and their modes; the first is the default. */
const FILTERS: Readonly<Record<string, readonly string[]>> = {
  '3proxy': ['normal'],
  adguardhome: ['normal'],
  'apache-auth': ['normal', 'aggressive'],
  'apache-badbots': ['normal'],
  'apache-botsearch': ['normal'],
  'apache-fakegooglebot': ['normal'],
  'apache-modsecurity': ['normal'],
  'apache-nohome': ['normal'],
  'apache-noscript': ['normal'],
  'apache-overflows': ['normal'],
  'apache-pass': ['normal'],
  'apache-shellshock': ['normal'],
  assp: ['normal'],
  asterisk: ['normal'],
  audiobookshelf: ['normal'],
  authelia: ['normal'],
  authentik: ['normal'],
  bitwarden: ['normal'],
  bookstack: ['normal'],
  caddy: ['normal', 'aggressive'],
  'calibre-web': ['normal'],
  centreon: ['normal'],
  cockpit: ['normal'],
  coturn: ['normal'],
  'counter-strike': ['normal'],
  'courier-auth': ['normal'],
  'courier-smtp': ['normal'],
  cowrie: ['normal'],
  'cyrus-imap': ['normal'],
  dante: ['normal'],
  directadmin: ['normal'],
  'docker-registry': ['normal', 'aggressive'],
  'domino-smtp': ['normal'],
  dovecot: ['normal', 'aggressive'],
  dropbear: ['normal'],
  'drupal-auth': ['normal'],
  'ejabberd-auth': ['normal'],
  elasticsearch: ['normal', 'aggressive'],
  emby: ['normal'],
  envoy: ['normal', 'aggressive'],
  exim: ['normal', 'more', 'aggressive'],
  'exim-spam': ['normal'],
  filebrowser: ['normal'],
  forgejo: ['normal', 'aggressive'],
  freeswitch: ['extra', 'normal', 'ddos'],
  'froxlor-auth': ['normal'],
  gitea: ['normal', 'aggressive'],
  gitlab: ['normal'],
  grafana: ['normal'],
  groupoffice: ['normal'],
  gssftpd: ['normal'],
  guacamole: ['normal'],
  'haproxy-bad-request': ['normal', 'limit', 'denied', 'aggressive'],
  'haproxy-http-auth': ['normal'],
  harbor: ['normal', 'aggressive'],
  'hashicorp-vault': ['normal', 'aggressive'],
  'home-assistant': ['normal'],
  horde: ['normal'],
  immich: ['normal'],
  jellyfin: ['normal'],
  kerio: ['normal'],
  keycloak: ['normal', 'aggressive'],
  'lighttpd-auth': ['normal'],
  mattermost: ['normal'],
  minecraft: ['normal', 'aggressive'],
  minio: ['normal'],
  'mongodb-auth': ['normal'],
  monit: ['normal'],
  monitorix: ['normal'],
  mosquitto: ['normal', 'aggressive'],
  'mssql-auth': ['normal'],
  murmur: ['normal'],
  'mysqld-auth': ['normal'],
  nagios: ['normal'],
  'named-refused': ['normal'],
  nextcloud: ['normal'],
  'nginx-bad-request': ['normal'],
  'nginx-botsearch': ['normal'],
  'nginx-forbidden': ['normal'],
  'nginx-http-auth': ['normal', 'auth', 'fallback', 'aggressive'],
  'nginx-json': ['normal', 'aggressive'],
  'nginx-limit-req': ['normal'],
  nsd: ['normal'],
  ntfy: ['normal', 'aggressive'],
  'oauth2-proxy': ['normal'],
  ocis: ['normal'],
  openhab: ['normal'],
  opensmtpd: ['normal', 'aggressive'],
  openvpn: ['normal'],
  openwebmail: ['normal'],
  oracleims: ['normal'],
  owncloud: ['normal', 'aggressive'],
  'pam-generic': ['normal'],
  'paperless-ngx': ['normal'],
  perdition: ['normal'],
  pfsense: ['normal'],
  'php-url-fopen': ['normal'],
  phpmyadmin: ['normal', 'aggressive'],
  'phpmyadmin-syslog': ['normal'],
  portsentry: ['normal'],
  postfix: ['more', 'normal', 'auth', 'rbl', 'ddos', 'extra', 'aggressive', 'errors'],
  postgresql: ['normal', 'aggressive'],
  proftpd: ['normal'],
  prosody: ['normal'],
  proxmox: ['normal'],
  'pure-ftpd': ['normal'],
  qbittorrent: ['normal'],
  qmail: ['normal'],
  recidive: ['normal'],
  redis: ['normal', 'aggressive'],
  rocketchat: ['normal'],
  'roundcube-auth': ['normal'],
  'routeros-auth': ['normal'],
  scanlogd: ['normal'],
  screensharingd: ['normal'],
  seafile: ['normal'],
  'selinux-ssh': ['normal'],
  'sendmail-auth': ['normal'],
  'sendmail-reject': ['normal', 'extra', 'aggressive'],
  servarr: ['normal'],
  sftpgo: ['normal', 'aggressive'],
  sieve: ['normal'],
  slapd: ['normal'],
  snappymail: ['normal'],
  softethervpn: ['normal'],
  'sogo-auth': ['normal'],
  'solid-pop3d': ['normal'],
  spam: ['normal', 'rbl', 'user', 'content', 'aggressive'],
  squid: ['normal'],
  squirrelmail: ['normal'],
  sshd: ['normal', 'ddos', 'extra', 'aggressive'],
  stalwart: ['normal'],
  strongswan: ['normal', 'aggressive'],
  stunnel: ['normal'],
  suhosin: ['normal'],
  synapse: ['normal', 'aggressive'],
  teamspeak: ['normal'],
  teleport: ['normal'],
  tine20: ['normal'],
  traefik: ['normal', 'ddos', 'aggressive'],
  'traefik-auth': ['normal', 'ddos', 'aggressive'],
  'uptime-kuma': ['normal'],
  'usermin-auth': ['normal'],
  'uwimap-auth': ['normal'],
  vaultwarden: ['normal'],
  vsftpd: ['normal'],
  'webmin-auth': ['normal'],
  wordpress: ['normal', 'aggressive'],
  'wordpress-syslog': ['normal', 'aggressive'],
  wuftpd: ['normal'],
  'xinetd-fail': ['normal'],
  xrdp: ['normal'],
  zabbix: ['normal', 'aggressive'],
  zimbra: ['normal'],
  'znc-adminlog': ['normal'],
  zoneminder: ['normal'],
};

/** A linear expression takes a few milliseconds for 65,000 signs, a quadratic one many seconds. */
const SLOW_MS = 400;
const REPEATED = [
  'x',
  ' ',
  'a ',
  ' from ',
  'from 192.0.2.1 port 1 ',
  '1:',
  '[',
  '"',
  '\\',
  '(',
  "' ",
  '>',
  '=',
];

describe.each(Object.entries(FILTERS))('filter %s', (name, modes) => {
  const samples = readSamples(name);
  const sets = [...new Set(samples.map((sample) => JSON.stringify(sample.options ?? {})))];
  const cases = sets.flatMap((set) =>
    (modes.length > 1 ? modes : ['']).map((mode) => [mode || 'its only mode', mode, set] as const),
  );

  test.each(cases)('in %s keeps what its samples say (%s, options %s)', (_title, mode, set) => {
    const chosen = samples.filter((sample) => JSON.stringify(sample.options ?? {}) === set);
    const filter = filterOf(planOf(name, optionsOf(mode, set)));
    const wrong = chosen.flatMap((sample) => complaints(sample, feed(filter, sample.text), mode));
    expect(wrong).toEqual([]);
  });

  test.each(cases)('in %s finds no victim of forged words (%s, options %s)', (_title, mode, set) => {
    const filter = filterOf(planOf(name, optionsOf(mode, set)));
    const blank = filter.snapshot();
    const fooled: string[] = [];
    for (const sample of samples.filter((each) => JSON.stringify(each.options ?? {}) === set)) {
      for (const text of forgeries(sample)) {
        filter.restore(blank);
        const { host } = feed(filter, text);
        if (host !== undefined && host !== sample.host)
          fooled.push(`line ${sample.at}: ${host} from ${text}`);
      }
    }
    expect(fooled).toEqual([]);
  });

  test.each(cases.filter(([, , set]) => set === '{}'))(
    'in %s decides lines of 65,000 signs (%s)',
    (_title, mode) => {
      const filter = filterOf(planOf(name, optionsOf(mode, '{}')));
      const slow: string[] = [];
      for (const sample of samples.filter((each) => each.options === undefined)) {
        for (const text of longLines(sample)) {
          const from = performance.now();
          feed(filter, text);
          const took = performance.now() - from;
          if (took > SLOW_MS)
            slow.push(`line ${sample.at}: ${Math.round(took)} ms for ${text.slice(0, 200)}`);
        }
      }
      expect(slow).toEqual([]);
    },
  );

  test('proves every expression of every mode by a sample', () => {
    const proved = new Set<string>();
    const all = new Set<string>();
    for (const [, mode, set] of cases) {
      const plan = planOf(name, optionsOf(mode, set));
      for (const regex of plan.failregex) all.add(regex.value);
      for (const regex of plan.ignoreregex) all.add(regex.value);
      const filter = filterOf(plan);
      for (const sample of samples) {
        if (JSON.stringify(sample.options ?? {}) !== set) continue;
        const { regex, ignoredBy } = feed(filter, sample.text);
        if (ignoredBy !== undefined) proved.add(plan.ignoreregex[ignoredBy]?.value ?? '');
        else if (regex !== undefined) proved.add(plan.failregex[regex]?.value ?? '');
      }
    }
    expect([...all].filter((regex) => !proved.has(regex))).toEqual([]);
  });

  test('has samples that do match, that do not, and forged ones', () => {
    expect(samples.some((sample) => sample.match)).toBe(true);
    expect(samples.some((sample) => !sample.match)).toBe(true);
    expect(samples.flatMap((sample) => [...forgeries(sample)]).some((text) => text.includes(VICTIM))).toBe(
      true,
    );
  });
});

test('a line in which the victim is the client is counted for it', () => {
  const filter = filterOf(planOf('sshd'));
  const text = `Nov 21 10:00:00 mx sshd[1]: Failed password for root from ${VICTIM} port 22 ssh2`;
  expect(feed(filter, text).host).toBe(VICTIM);
});

function optionsOf(mode: string, set: string): FilterOptions {
  const options = JSON.parse(set) as Record<string, string>;
  return mode === '' ? options : { mode, ...options };
}

/** The line with something endless where the client's words stand, or at its end. */
function* longLines({ text, free = [] }: Sample): Generator<string> {
  for (const unit of REPEATED) {
    const long = unit.repeat(65_000 / unit.length);
    yield text + long;
    for (const part of free) {
      yield text.replace(part, () => long);
      yield `${text.replace(part, () => part + long)}\x01`;
    }
  }
}

/** What of a sample's promises is not kept in this mode. */
function complaints(sample: Sample, found: Found, mode: string): string[] {
  const wanted = sample.match && (sample.modes?.includes(mode) ?? true);
  const at = `line ${sample.at}`;
  if ((found.verdict === 'failure') !== wanted)
    return [`${at}: ${found.verdict} (regex ${found.regex}), expected ${wanted ? 'a failure' : 'none'}`];
  if (!wanted) return [];
  const wrong: string[] = [];
  if (found.host !== sample.host) wrong.push(`${at}: counts for ${found.host}, not ${sample.host}`);
  if (sample.user !== undefined && found.user !== sample.user)
    wrong.push(`${at}: user ${found.user}, not ${sample.user}`);
  if (sample.time !== undefined && found.epochSec !== epochOf(sample.time))
    wrong.push(`${at}: time ${found.epochSec}, not ${sample.time} (now is ${NOW_SEC})`);
  return wrong;
}

/** JavaScript reads a date with a time and no offset as local, as the filters do. */
function epochOf(time: string): number {
  return new Date(time).getTime() / 1000;
}
