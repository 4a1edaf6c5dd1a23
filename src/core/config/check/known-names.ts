/**
 * The names fail2ban knows: options and sections by kind of file, and the tags a ban fills in.
 *
 * Source: jail.conf(5), fail2ban.conf; config.md §3–§5, bans.md §4.
 */
import { ACTION_OPTIONS, EXTRA_OPTIONS } from '../action-plan.js';
import { FIELD_OPTIONS } from '../field-options.js';
import { FILTER_OPTIONS } from '../filter-plan.js';
import { GLOBAL_DEFAULTS } from '../global-plan.js';
import { JAIL_OPTIONS, OWN_OPTIONS } from '../jail-options.js';
import { DEFAULT, INCLUDES } from '../tree.js';
import type { FileKind } from './source-files.js';

export const INCLUDE_OPTIONS = ['before', 'after'] as const;

export const GLOBAL_OPTIONS = [...Object.keys(GLOBAL_DEFAULTS), 'dbmaxmatches'] as const;

/** Properties every action may have, besides its commands. */
const ACTION_PROPERTIES = ['timeout', 'families', 'name', 'actname'];

export const OPTIONS: Readonly<Record<FileKind, readonly string[]>> = {
  base: GLOBAL_OPTIONS,
  jail: [...Object.keys(JAIL_OPTIONS), ...Object.keys(OWN_OPTIONS)],
  filter: [...FILTER_OPTIONS, 'logtype', 'logtimezone', 'logencoding'],
  action: [...ACTION_OPTIONS, ...EXTRA_OPTIONS, ...ACTION_PROPERTIES],
};

/** A filter with a `format` has these as well. */
export const FIELD_FILTER_OPTIONS: readonly string[] = [...OPTIONS.filter, ...FIELD_OPTIONS];

/** In a jail file every other section is a jail. */
export const SECTIONS: Readonly<Record<FileKind, readonly string[]>> = {
  base: ['Definition', 'Thread', DEFAULT, INCLUDES],
  jail: [DEFAULT, INCLUDES],
  filter: ['Definition', 'Init', DEFAULT, INCLUDES],
  action: ['Definition', 'Init', DEFAULT, INCLUDES],
};

/** What people write, and what it is called here. */
export const SYNONYMS: Readonly<Record<string, string>> = {
  logfile: 'logpath',
  log: 'logpath',
  logs: 'logpath',
  path: 'logpath',
  retries: 'maxretry',
  retry: 'maxretry',
  whitelist: 'ignoreip',
  allowlist: 'ignoreip',
  ignoreips: 'ignoreip',
  regex: 'failregex',
  timezone: 'logtimezone',
  encoding: 'logencoding',
  bantimeout: 'bantime',
  window: 'findtime',
};

/** Tags that a ban fills in, wherever a command asks for them. */
export const BAN_TAGS = [
  'ip',
  'family',
  'ip-rev',
  'ip-host',
  'fid',
  'failures',
  'time',
  'bantime',
  'bancount',
  'matches',
  'ipmatches',
  'ipjailmatches',
  'ipfailures',
  'ipjailfailures',
  'restored',
  'raw-ticket',
  'jail.name',
  'jail.banned',
  'jail.banned_total',
  'jail.found',
  'jail.found_total',
  'fq-hostname',
  'sh-hostname',
  'br',
  'sp',
] as const;

/** Whole tags of a failregex; `<F-NAME>` besides. */
export const REGEX_TAGS = [
  'HOST',
  'ADDR',
  'IP4',
  'IP6',
  'DNS',
  'CIDR',
  'SUBNET',
  'SKIPLINES',
  'F-ID',
  'F-USER',
  'F-CONTENT',
  'F-MLFID',
  'F-NOFAIL',
  'F-MLFFORGET',
  'F-MLFGAINED',
] as const;
