/**
 * The actions of a jail, read → commands with tags nobody fills in, and options nobody asks for.
 *
 * A tag in a command is the ban's, a property of the action, or shell text; what has the form of a name is no shell text.
 * Source: config.md §5.2, bans.md §4.
 */
import type { Sourced } from '../../errors.js';
import type { ActionPlan } from '../plans.js';
import type { CheckContext } from './context.js';
import { didYouMean } from './finding.js';
import { BAN_TAGS } from './known-names.js';
import { nearest } from './nearest.js';

const TAG = /<([A-Za-z_][\w./-]*)>/g;
const F_TAG = /^F-(?:\*|[A-Z0-9_-]+)$/;

export function checkActionTags(action: ActionPlan, jail: string, context: CheckContext): void {
  const known = new Set<string>(BAN_TAGS);
  for (const name of action.properties.keys()) known.add(name.replace(/\?.*$/, ''));
  for (const [name, command] of Object.entries(action.commands)) {
    if (command) checkTags(command, { known, where: `${name} of action ${action.file}`, jail }, context);
  }
}

export interface TagPlace {
  readonly known: ReadonlySet<string>;
  readonly where: string;
  readonly jail: string;
}

export function checkTags(
  command: Sourced<string>,
  { known, where, jail }: TagPlace,
  { log }: CheckContext,
): void {
  for (const [tag, name = ''] of command.value.matchAll(TAG)) {
    if (known.has(name) || F_TAG.test(name) || /^(?:br|sp)\/$/.test(name)) continue;
    log.error('unknown-tag', `nothing fills in the tag ${tag} in ${where}`, {
      origin: command.origin,
      got: tag,
      jail,
      suggestion: didYouMean(
        bracketed(nearest(name, known)),
        `Define ${name} in [Init], or give it in the brackets of the action.`,
      ),
    });
  }
}

function bracketed(name: string | undefined): string | undefined {
  return name && `<${name}>`;
}
