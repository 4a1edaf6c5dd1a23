/**
 * View: the answer to `f2b get`, `f2b set` and `f2b unban` for programs.
 */
import { IpText, PyFloat, PyTuple, type StandingBan, type Value } from '../core/control/index.js';
import type { Json } from '../core/records.js';
import { type BanJson, banAsJson } from './ban-json.js';

export interface ReplyJson {
  /** The words of the command. */
  readonly command: readonly string[];
  /** What fail2ban's server would answer: lists for its lists and tuples, objects for its dictionaries. */
  readonly result: Json;
  /** Bans of the jails concerned that are not as they should be: not in force, or not taken back. */
  readonly unsettled: readonly BanJson[];
  /** Lines of a block list that name nobody who can be banned. */
  readonly refused?: readonly RefusedLineJson[];
}

export interface RefusedLineJson {
  /** Counts from 1. */
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}

export interface Reply {
  readonly words: readonly string[];
  readonly value: Value;
  readonly unsettled: readonly StandingBan[];
  readonly refused?: readonly RefusedLineJson[] | undefined;
}

export function replyAsJson({ words, value, unsettled, refused }: Reply): ReplyJson {
  return {
    command: words,
    result: valueAsJson(value),
    unsettled: unsettled.map(banAsJson),
    ...(refused === undefined ? {} : { refused }),
  };
}

function valueAsJson(value: Value): Json {
  if (value instanceof IpText) return value.text;
  if (value instanceof PyFloat) return value.value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof PyTuple) return (value.items as readonly Value[]).map(valueAsJson);
  if (Array.isArray(value)) return value.map(valueAsJson);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [key, valueAsJson(item)]));
  return value as string | number | boolean | null;
}
