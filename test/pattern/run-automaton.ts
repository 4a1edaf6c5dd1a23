/** Runs a table as whoever uses it has to. */
import { type Automaton, ENDS, STUCK } from '../../src/core/pattern/automaton.js';

/** The end of the match at the start of a text that is followed by a newline; `open` when it depends on what follows. */
export function endBy({ classes, table }: Automaton, text: string): number | 'open' {
  let state = 0;
  let end = -1;
  for (let at = 0; at < text.length; at++) {
    const cell = table[state + classes[text.charCodeAt(at)]!]!;
    if (cell & ENDS) end = at;
    state = cell & ~ENDS;
    if (state === STUCK) return end;
  }
  return 'open';
}
