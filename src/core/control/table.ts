/**
 * Control stage: the command vocabulary as one table. Dispatch, help, completion and documentation read nothing else.
 */
import type { Entry } from './entry.js';
import { ACTION_ENTRIES } from './vocabulary/actions.js';
import { BAN_ENTRIES } from './vocabulary/bans.js';
import { DATABASE_ENTRIES } from './vocabulary/database.js';
import { IDLE_ENTRY } from './vocabulary/idle.js';
import { LIST_ENTRIES } from './vocabulary/lists.js';
import { OUTLINE_ENTRY } from './vocabulary/outline.js';
import { SERVER_ENTRIES } from './vocabulary/server.js';
import { SETTING_ENTRIES } from './vocabulary/settings.js';
import { STATUS_ENTRIES } from './vocabulary/status.js';

export const VOCABULARY: readonly Entry[] = [
  ...SERVER_ENTRIES,
  ...STATUS_ENTRIES,
  ...BAN_ENTRIES,
  ...DATABASE_ENTRIES,
  OUTLINE_ENTRY,
  IDLE_ENTRY,
  ...SETTING_ENTRIES,
  ...LIST_ENTRIES,
  ...ACTION_ENTRIES,
];

const BY_NAME = new Map(VOCABULARY.map((entry) => [`${entry.scope} ${entry.name}`, entry]));

export function findEntry(scope: Entry['scope'], name: string): Entry | undefined {
  return BY_NAME.get(`${scope} ${name}`);
}
