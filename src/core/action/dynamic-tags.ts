/**
 * Action stage, tags part two: what only the ban knows, in one pass; values are never searched for tags again.
 *
 * Text of a command (part one done) + a ban, or none for actionstart and its like → ShellCommand. Plain values are
 * written into the command, all others become shell variables. A tag nobody knows stays as it is, for the shell.
 * Source: bans.md §4.4 and §4.5, observed; `<jail.name>` is HEAD's.
 */
import { type Family, parseAddress } from '../net/address.js';
import { PyFloat, repr, reprFloat } from '../python-repr.js';
import type { Ban } from '../records.js';
import type { ShellCommand } from './shell-command.js';
import { isPlain, Slots } from './shell-text.js';

/** Lines and failures of an id, merged over its bans. */
export interface MergedTickets {
  readonly lines: readonly string[];
  readonly failures: number;
}

export interface TagSources {
  readonly jail: string;
  readonly nowSec: () => number;
  /** What the jail bans for, for commands that are about no ban. */
  readonly banTimeSec: () => number;
  readonly counts: () => Counts;
  readonly hostName: () => { readonly full: string; readonly short: string };
  /** First name of an address. */
  readonly nameOf: (address: string) => Promise<string | undefined>;
  /** All bans of an id, of one jail or (undefined) of all. */
  readonly merged: (id: string, jail: string | undefined) => MergedTickets | undefined;
}

export interface Counts {
  readonly banned: number;
  readonly bannedTotal: number;
  readonly failing: number;
  readonly failedTotal: number;
}

/** What a command is about. */
export interface Subject {
  readonly ban?: Ban | undefined;
  /** `<family>` where there is no ban. */
  readonly family?: string | undefined;
}

const TAG = /<([^ <>]+)>/g;

/** Fills in the command. Never rejects: what cannot be found out is empty. */
export async function fillDynamic(
  text: string,
  subject: Subject,
  sources: TagSources,
): Promise<ShellCommand> {
  const values = new Map<string, string>();
  for (const [, tag] of text.matchAll(TAG)) {
    if (values.has(tag as string)) continue;
    const value = await tagValue(tag as string, subject, sources);
    if (value !== undefined) values.set(tag as string, value);
  }
  const slots = new Slots();
  const written = new Map<string, string>();
  for (const [tag, value] of values) {
    written.set(tag, isPlain(value) || IS_TEXT.has(tag) ? value : slots.take(slotName(tag), value));
  }
  const command = text.replace(TAG, (whole, tag: string) => written.get(tag) ?? whole);
  return { command: command.replaceAll('\0', ''), variables: slots.variables };
}

/** Part of the command, not of the ban. */
const IS_TEXT: ReadonlySet<string> = new Set(['br', 'sp']);

function slotName(tag: string): string {
  return tag.startsWith('F-') ? `F_${groupOf(tag)}` : tag;
}

/** `F-MY_X` is the group `my_x`. */
function groupOf(tag: string): string {
  const name = tag.slice(2).toLowerCase();
  return GROUP_NAMES[name] ?? name;
}

const GROUP_NAMES: Readonly<Record<string, string>> = { id: 'fid', port: 'fport' };
const F_TAG = /^F-(?:\*|[A-Z0-9_-]+)$/;

type Value = string | undefined | Promise<string | undefined>;

/** Undefined: not a tag. */
function tagValue(tag: string, { ban, family }: Subject, sources: TagSources): Value {
  const general = ofServer(tag, sources);
  if (general !== undefined) return general;
  if (ban) return F_TAG.test(tag) ? groupValue(tag, ban) : ofBan(tag, ban, sources);
  if (F_TAG.test(tag)) return '';
  if (tag === 'family') return family ?? '';
  if (tag === 'time') return reprFloat(sources.nowSec());
  if (tag === 'bantime') return String(sources.banTimeSec());
  return WITHOUT_BAN[tag];
}

function ofServer(tag: string, sources: TagSources): string | undefined {
  switch (tag) {
    case 'br':
      return '\n';
    case 'sp':
      return ' ';
    case 'jail.name':
      return sources.jail;
    case 'jail.banned':
      return String(sources.counts().banned);
    case 'jail.banned_total':
      return String(sources.counts().bannedTotal);
    case 'jail.found':
      return String(sources.counts().failing);
    case 'jail.found_total':
      return String(sources.counts().failedTotal);
    case 'fq-hostname':
      return sources.hostName().full;
    case 'sh-hostname':
      return sources.hostName().short;
    default:
      return undefined;
  }
}

/** In a command that is about no ban. */
const WITHOUT_BAN: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['ip', 'ip-rev', 'fid', 'matches', 'ipmatches', 'ipjailmatches'].map((tag) => [tag, '']),
  ),
  ...Object.fromEntries(
    ['failures', 'bancount', 'restored', 'ipfailures', 'ipjailfailures'].map((tag) => [tag, '0']),
  ),
  'ip-host': 'None',
  'raw-ticket': 'BanTicket: ip= bantime=None bancount=0 #attempts=0 matches=[]',
};

function ofBan(tag: string, ban: Ban, sources: TagSources): Value {
  switch (tag) {
    case 'ip':
      return ipOf(ban);
    case 'family':
      return familyOf(ban) ?? 'None';
    case 'ip-rev':
      return parseAddress(ipOf(ban))?.reverseLabels ?? '';
    case 'ip-host':
      return sources.nameOf(ipOf(ban)).then((name) => name ?? 'None');
    case 'fid':
      return ban.id;
    case 'failures':
      return String(ban.failures);
    case 'time':
      return showTime(ban);
    case 'bantime':
      return String(ban.banTimeSec);
    case 'bancount':
      return String(ban.banCount);
    case 'matches':
      return linesOf(ban).join('\n');
    case 'ipmatches':
      return (sources.merged(ban.id, undefined)?.lines ?? linesOf(ban)).join('\n');
    case 'ipjailmatches':
      return (sources.merged(ban.id, ban.jail)?.lines ?? linesOf(ban)).join('\n');
    case 'ipfailures':
      return String(sources.merged(ban.id, undefined)?.failures ?? ban.failures);
    case 'ipjailfailures':
      return String(sources.merged(ban.id, ban.jail)?.failures ?? ban.failures);
    case 'restored':
      return ban.restored ? '1' : '0';
    case 'raw-ticket':
      return (
        `BanTicket: ip=${ban.id} time=${showTime(ban)} bantime=${ban.banTimeSec} bancount=${ban.banCount} ` +
        `#attempts=${ban.failures} matches=${repr(linesOf(ban))}`
      );
    default:
      return undefined;
  }
}

/** The address of the ban, which its id need not be. */
export function ipOf({ id, data }: Ban): string {
  return typeof data['ip'] === 'string' ? data['ip'] : id;
}

/** By its address; undefined for a raw id. */
export function familyOf(ban: Ban): Family | undefined {
  return (
    ban.family ?? (typeof ban.data['ip'] === 'string' ? parseAddress(ban.data['ip'])?.family : undefined)
  );
}

function linesOf({ matches }: Ban): string[] {
  return matches.map(({ text }) => text);
}

export function showTime({ timeSec, timeKind }: Ban): string {
  return timeKind === 'int' && Number.isInteger(timeSec) ? String(timeSec) : reprFloat(timeSec);
}

function groupValue(tag: string, ban: Ban): string {
  if (tag === 'F-*') return repr({ matches: linesOf(ban), failures: ban.failures, ...ban.data });
  const value = ban.data[groupOf(tag)];
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  return repr(typeof value === 'number' && !Number.isInteger(value) ? new PyFloat(value) : value);
}
