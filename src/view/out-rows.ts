/**
 * View: `-o`: one failure → one piece of text, for other programs to read.
 *
 * The wish is compiled once: a word (`id`, `ip`, `msg`, `row`, or the name of a group) or a template with `<tags>`,
 * those of actions that need no jail. Values go in raw; only NUL is spelled out (`\x00`) in templates.
 * Source: fail2ban-regex(1) `--out`.
 */
import { UsageError } from '../core/errors.js';
import { PyFloat, PyTuple, repr, str } from '../core/python-repr.js';
import type { NamedFailure } from '../core/tester/failures.js';
import type { FailureId } from '../core/tester/result.js';
import type { Stamp } from '../core/time/detector.js';

export interface OutContext {
  readonly hostname: string;
  readonly nowSec: () => number;
  /** Name of an address (PTR); undefined when it has none. */
  readonly reverse: (address: string) => Promise<string | undefined>;
  /** The labels of an address for reverse look-ups: `4.3.2.1.` */
  readonly reverseLabels: (address: string) => string | undefined;
}

/** The text of one failure, with its newline. Some tags have to ask a name server. */
export type OutFormat = (failure: NamedFailure) => string | Promise<string>;

/** @throws {UsageError} a tag that only means something in a jail. */
export function compileOut(wish: string, context: OutContext): OutFormat {
  if (/<[^<>\s]+>/.test(wish)) return compileTemplate(wish, context);
  switch (wish) {
    case 'id':
    case 'fid':
      return ({ id }) => `${showId(id)}\n`;
    case 'ip':
      return ({ id, failure }) => `${str(failure.data.get('ip') ?? idValue(id))}\n`;
    case 'msg':
      return ({ failure }) => failure.matches.map((line) => `${line}\n`).join('');
    case 'row':
      return ({ id, failure }) =>
        `[${repr(idValue(id))},\t${repr(stampValue(failure.stamp))},\t${repr(failure.data)}],\n`;
    case 'matches':
      return ({ failure }) => `${repr(matchValues(failure.matches))}\n`;
    default:
      return ({ failure }) => `${str(failure.data.get(wish))}\n`;
  }
}

function showId(id: FailureId): string {
  return str(idValue(id));
}

function idValue(id: FailureId): unknown {
  return typeof id === 'string' ? id : new PyTuple(id);
}

function stampValue(stamp: Stamp | undefined): unknown {
  if (!stamp) return undefined;
  return stamp.kind === 'float' ? new PyFloat(stamp.epochSec) : stamp.epochSec;
}

function matchValues(matches: readonly string[]): unknown {
  return [...matches];
}

const TAG = /<([^<>\s]+)>/g;
const GROUP_TAG = /^F-([A-Z0-9_-]+)$/;
const JAIL_TAG = /^(?:bantime|ipmatches|ipjailmatches|ipfailures|ipjailfailures|jail\.\w+)$/;

function compileTemplate(template: string, context: OutContext): OutFormat {
  for (const [tag, name] of template.matchAll(TAG)) {
    if (JAIL_TAG.test(name as string)) {
      throw new UsageError('out-jail-tag', `${tag} has no value here: it needs a jail`, {
        hint: 'Use tags of the failure itself, such as <ip>, <time>, <F-USER>, <matches> or <msg>.',
      });
    }
  }
  const perMatch = template.includes('<msg>');
  const asksNames = template.includes('<ip-host>');
  const fill = (named: NamedFailure, host: string | undefined): string => {
    const messages = perMatch ? named.failure.matches : [''];
    return messages.map((message) => `${substitute(template, { named, message, host, context })}\n`).join('');
  };
  if (!asksNames) return (named) => fill(named, undefined);
  return async (named) =>
    fill(named, typeof named.id === 'string' && named.family ? await context.reverse(named.id) : undefined);
}

interface Filling {
  readonly named: NamedFailure;
  readonly message: string;
  readonly host: string | undefined;
  readonly context: OutContext;
}

function substitute(template: string, filling: Filling): string {
  return template.replaceAll(TAG, (tag, name: string) => {
    const value = tagValue(name, filling);
    return value === undefined ? tag : value.replaceAll('\0', '\\x00');
  });
}

/** Undefined for what is no tag: it stays as it is. */
function tagValue(name: string, { named, message, host, context }: Filling): string | undefined {
  const { id, failure } = named;
  switch (name) {
    case 'ip':
      return str(failure.data.get('ip') ?? idValue(id));
    case 'fid':
      return showId(id);
    case 'family':
      return str(named.family);
    case 'ip-rev':
      return typeof id === 'string' ? (context.reverseLabels(id) ?? '') : '';
    case 'ip-host':
      return str(host);
    case 'time':
      return str(stampValue(failure.stamp) ?? new PyFloat(context.nowSec()));
    case 'failures':
    case 'bancount':
    case 'restored':
      return '0';
    case 'matches':
      return failure.matches.join('\n');
    case 'msg':
      return message;
    case 'fq-hostname':
      return context.hostname;
    case 'sh-hostname':
      return context.hostname.split('.')[0];
    case 'br':
      return '\n';
    case 'sp':
      return ' ';
    case 'F-*':
      return repr(allGroups(failure));
    default:
      return groupValue(name, failure);
  }
}

function groupValue(name: string, failure: NamedFailure['failure']): string | undefined {
  const group = GROUP_TAG.exec(name)?.[1]?.toLowerCase();
  if (group === undefined) return undefined;
  if (group === 'matches') return repr(matchValues(failure.matches));
  if (group === 'failures') return '0';
  const value = failure.data.get(group);
  return value === undefined || value === null ? '' : str(value);
}

function allGroups(failure: NamedFailure['failure']): Map<string, unknown> {
  const set = [...failure.data].filter(([, value]) => value !== undefined && value !== null);
  return new Map<string, unknown>([['matches', matchValues(failure.matches)], ['failures', 0], ...set]);
}
