/**
 * Runs the passes in their order: a parsed tree → a tree that generate.ts can write as a RegExp of the same meaning,
 * or the reason why there is none and the exact matcher has to do it.
 */
import type { Node, ParsedPattern } from '../nodes.js';
import { dropLookBehind } from './drop-look-behind.js';
import { loopKeepsCaptures, loopMinesEmpty } from './loops.js';
import { plainReferences } from './plain-references.js';
import { settleGroups } from './settle-groups.js';
import { spellAnchors } from './spell-anchors.js';
import { spellAtomic } from './spell-atomic.js';
import { stripGroups } from './strip-groups.js';

export type Normalised =
  | { readonly portable: true; readonly root: Node }
  | { readonly portable: false; readonly reason: string };

/** `wanted`: the groups whose captures are asked for. */
export function normalise(parsed: ParsedPattern, wanted: ReadonlySet<number>): Normalised {
  const stripped = stripGroups(parsed.root, wanted);
  if (loopKeepsCaptures(stripped)) return no('a capture may stay from an earlier iteration of its loop');
  const settled = settleGroups(stripped);
  if (settled === undefined) return no('a conditional or reference whose group cannot be decided beforehand');
  const bare = stripGroups(settled, wanted);
  if (loopMinesEmpty(bare)) return no('a loop whose empty iterations differ');
  return {
    portable: true,
    root: spellAtomic(spellAnchors(plainReferences(dropLookBehind(bare))), parsed.groupCount + 1),
  };
}

function no(reason: string): Normalised {
  return { portable: false, reason };
}
