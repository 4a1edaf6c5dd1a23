/**
 * The actions of a jail, read → commands with tags nobody fills in, and options nobody asks for.
 *
 * A tag in a command is the ban's, a property of the action, or shell text; what has the form of a name is no shell text.
 * Source: config.md §5.2, bans.md §4.
 */
import type { Origin, Sourced } from '../../errors.js';
import type { ActionPlan } from '../plans.js';
import { type CheckContext, lineOf, readPart } from './context.js';
import { didYouMean } from './finding.js';
import { BAN_TAGS } from './known-names.js';
import { nearest } from './nearest.js';

const TAG = /<([A-Za-z_][\w./-]*)>/g;
const F_TAG = /^F-(?:\*|[A-Z0-9_-]+)$/;

export function checkActionTags(action: ActionPlan, jail: string, context: CheckContext): void {
  const known = new Set<string>(BAN_TAGS);
  for (const name of action.properties.keys()) known.add(name.replace(/\?.*$/, ''));
  const { tree, vocabulary } = readPart('action', action.file, context);
  const files = new Set(tree.files);
  for (const [key, command] of [...Object.entries(action.commands), ...(action.extras ?? [])]) {
    if (!command) continue;
    const name = key.replace(/\?.*$/, '');
    const where = `action ${action.file}`;
    // `<<sender>>` may come to `<root@localhost>` or `<root>`, which is no tag.
    const isTag = (tag: string) => vocabulary.hasTag(tag) || context.used.jail.hasTag(tag);
    const find = (tag: string) => lineOf(tag, context.files.of('action', files), name) ?? command.origin;
    checkTags(command, { known, where, jail, isTag, find }, context);
  }
}

export interface TagPlace {
  readonly known: ReadonlySet<string>;
  readonly where: string;
  readonly jail: string;
  readonly isTag?: ((name: string) => boolean) | undefined;
  /** The line a tag stands in. */
  readonly find?: ((tag: string) => Origin | undefined) | undefined;
}

export function checkTags(
  command: Sourced<string>,
  { known, where, jail, isTag = () => true, find = () => command.origin }: TagPlace,
  { log }: CheckContext,
): void {
  for (const [tag, name = ''] of command.value.matchAll(TAG)) {
    if (known.has(name) || F_TAG.test(name) || /^(?:br|sp)\/$/.test(name)) continue;
    if (!isTag(name)) continue;
    log.error('unknown-tag', `nothing fills in the tag ${tag} in ${where}`, {
      origin: find(tag),
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
