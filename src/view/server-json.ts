/**
 * View: what the commands that start, stop and find a server answer with `--json`.
 */
import type { ReplyJson } from './reply-json.js';

/** `f2b start`, `f2b restart`; of a jail: the reply. */
export type StartJson = { status: 'ready' } | ReplyJson;

/** `f2b stop`; of a jail: the reply. */
export type StopJson = { status: 'stopped' } | ReplyJson;

export interface PingJson {
  answer: string;
}

export interface LinkJson {
  links: { path: string; done: string }[];
}
