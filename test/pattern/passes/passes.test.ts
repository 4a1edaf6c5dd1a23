/** Each pass: where it applies and what it makes of it; where it does not apply it leaves the tree alone. */
import { describe, expect, test } from '@jest/globals';
import type { Node } from '../../../src/core/pattern/nodes.js';
import { parse } from '../../../src/core/pattern/parse.js';
import { dropLookBehind } from '../../../src/core/pattern/passes/drop-look-behind.js';
import { loopKeepsCaptures, loopMinesEmpty } from '../../../src/core/pattern/passes/loops.js';
import { plainReferences } from '../../../src/core/pattern/passes/plain-references.js';
import { settleGroups } from '../../../src/core/pattern/passes/settle-groups.js';
import { spellAnchors } from '../../../src/core/pattern/passes/spell-anchors.js';
import { spellAtomic } from '../../../src/core/pattern/passes/spell-atomic.js';
import { stripGroups } from '../../../src/core/pattern/passes/strip-groups.js';
import { show } from '../show.js';

const tree = (source: string): Node => parse(source).root;
const unchanged = (pass: (root: Node) => Node, source: string): void => {
  const root = tree(source);
  expect(show(pass(root))).toBe(show(root));
};

describe('strip-groups', () => {
  const pass = (root: Node): Node => stripGroups(root, new Set([2]));
  test.each([
    ['(a)(b)', 'a(2:b)'],
    ['(a|b)(c)', '(?:a|b)(2:c)'],
    ['((a)+)*', '(?:(?:(2:a)){1,}){0,}'],
    ['(?=(a))b', '(?=a)b'],
  ])('takes the unwanted group out of %s', (source, expected) => {
    expect(show(pass(tree(source)))).toBe(expected);
  });
  test.each(['(a)\\1', '(a)?(?(1)b|c)', '(?:a)(?:b)'])('does not touch %s', (source) => {
    unchanged(pass, source);
  });
});

describe('drop-look-behind', () => {
  test.each([
    ['a(?<=a)b', 'ab'],
    [
      '(?:[0-9a-f]{1,4}::?|:){1,7}(?:[0-9a-f]{1,4}|(?<=:):)',
      '(?:(?:[0-9a-f]){1,4}:(?::){0,1}|:){1,7}(?:(?:[0-9a-f]){1,4}|:)',
    ],
    [':x?\\b(?<=[:x])y', ':(?:x){0,1}\\by'],
    ['(:)(?:(?<=:)a)?', '(1::)(?:a){0,1}'],
    ['\\d(?<=\\w)', '[\\d]'],
    ['(?i:k)(?<=[kK\u212a])', 'k/i'],
    [':(?=(?<=:)a)', ':(?=a)'],
  ])('drops the look-behind of %s', (source, expected) => {
    expect(show(dropLookBehind(tree(source)))).toBe(expected);
  });
  test.each([
    ['something else may stand before it', 'b(?<=a)c'],
    ['nothing may stand before it', 'a?(?<=a)c'],
    ['it is at the start', '(?<=a)c'],
    ['one branch ends otherwise', '(?:a|b)(?<=a)c'],
    ['it is negated', 'a(?<!a)c'],
    ['it is wider', 'ab(?<=ab)c'],
    ['it begins a loop', 'a(?:(?<=a)b)+'],
    ['its set is smaller', '\\w(?<=\\d)'],
    ['a reference stands before it', '(a)\\1(?<=a)'],
    ['it is in a look-behind itself', 'a(?<=(?<=a)b)'],
  ])('does not drop it when %s', (_, source) => {
    unchanged(dropLookBehind, source);
  });
});

describe('settle-groups', () => {
  test.each([
    ['A(X)?B(?(1)Y|N)', 'A(?:(1:X)BY|BN)'],
    ['A(X)??B(?(1)Y|N)', 'A(?:BN|(1:X)BY)'],
    ['(?:(a)|b)(?(1)Y|N)', '(1:a)Y|bN'],
    ['(a)?b\\1', '(1:a)b\\1'],
    ['(?:(a)b)?c\\1?', '(1:a)bc(?:\\1){0,1}|c(?:<fail>){0,1}'],
    ['(a)(?(1)Y|N)', '(1:a)Y'],
    ['(?(1)Y|N)(a)', 'N(1:a)'],
    ['(?:(a))*(?(1)Y|N)', '(?:(1:a)){1,}Y|N'],
    ['(?:(a)){2,}(?(1)Y|N)', '(?:(1:a)){2,}Y'],
    ['(x(a)?)(?(2)Y|N)', '(1:x(2:a))Y|(1:x)N'],
    ['(?P<q>")?x(?:1|2(?(q)"|$))', '(1:")x(?:1|2")|x(?:1|2$)'],
    ['(a)?(b)?(?(1)(?(2)x|y)|c)', '(1:a)(?:(2:b)x|y)|(?:(2:b)){0,1}c'],
    ['(?=(a))(?(1)Y|N)', '(?=(1:a))Y'],
    ['(?!(a))(?(1)Y|N)', '(?!(1:a))N'],
  ])('tells the ways of %s apart', (source, expected) => {
    const settled = settleGroups(tree(source));
    expect(settled && show(settled)).toBe(expected);
  });
  test.each([
    ['the group may be set in an earlier iteration', '(?:(?(1)a|b)(c)?)+'],
    ['what stands before it in its group has several ways', '(x*(a)?)(?(2)Y|N)'],
    ['it is settled in an atomic group', '(?>(a)?)(?(1)Y|N)'],
    ['it is settled in a look-ahead', '(?=(a)?)(?(1)Y|N)'],
    ['the question stands in the group itself', '(a(?(1)b|c))'],
    ['the repeat is possessive', '(a)?+(?(1)Y|N)'],
  ])('does not when %s', (_, source) => {
    expect(settleGroups(tree(source))).toBeUndefined();
  });
  test.each(['(a)\\1', '(a)+\\1', 'abc', '(?:(a)\\1)+'])('leaves %s alone', (source) => {
    unchanged((root) => settleGroups(root)!, source);
  });
});

describe('spell-anchors', () => {
  test.each([
    ['a$', 'a(?=(?:\\n){0,1}\\Z)'],
    ['(?m)a$', 'a(?![^\\n])'],
    ['(?m)^a', '(?<![^\\n])a'],
    ['\\B', '(?!\\A\\Z)\\B'],
  ])('spells out %s', (source, expected) => {
    expect(show(spellAnchors(tree(source)))).toBe(expected);
  });
  test.each(['^a', '\\Aa\\Z', '\\ba'])('does not touch %s', (source) => {
    unchanged(spellAnchors, source);
  });
});

describe('spell-atomic', () => {
  const pass = (root: Node): Node => spellAtomic(root, 7);
  test.each([
    ['(?>a)b', '(?=(7:a))\\7b'],
    ['a*+b', '(?=(7:(?:a){0,}))\\7b'],
    ['(?>a(?>b))', '(?=(8:a(?=(7:b))\\7))\\8'],
  ])('spells out %s', (source, expected) => {
    expect(show(pass(tree(source)))).toBe(expected);
  });
  test.each(['a*b', '(?=a)', '(a)\\1'])('does not touch %s', (source) => {
    unchanged(pass, source);
  });
});

describe('loops', () => {
  test.each(['(?:(a)|b)+', '(?:(a)?b)*', '(?:(?:(a)|b)c){2}', '(?:(?=(a)|b).)+', '(?:(?!(a)).)+'])(
    'keep captures of earlier iterations: %s',
    (source) => {
      expect(loopKeepsCaptures(tree(source))).toBe(true);
    },
  );
  test.each(['(a)+', '(?:(a)b?)+', '(?:(a)|b)?', '(?:(?=(a)).)+', '(?:a|b)*(c)?', '(?:(a)|b){1}'])(
    'do not keep captures: %s',
    (source) => {
      expect(loopKeepsCaptures(tree(source))).toBe(false);
    },
  );
  test.each(['(?:|a)*', '(?:a??)*', '(?:a*|b)*', '(a*)*', '(?:(a)?)+', '(a?){2,}?'])(
    'treat empty iterations otherwise: %s',
    (source) => {
      expect(loopMinesEmpty(tree(source))).toBe(true);
    },
  );
  test.each(['(?:a*)*', '(?:a|b?)*', '(?:a??)*?', '(?:a*b*)+', '(?:a?){3}', '(a+)*', '(?:(?=a)|b)'])(
    'treat empty iterations alike: %s',
    (source) => {
      expect(loopMinesEmpty(tree(source))).toBe(false);
    },
  );
});

describe('plain-references', () => {
  test.each([
    ['(?i)(?P<s>[-/.])a(?P=s)', '(1:[-/.]/i)a/i\\1'],
    ['(?i)(\\d+)\\1', '(1:(?:[\\d]/i){1,})\\1'],
  ])('takes the case out of the reference in %s', (source, expected) => {
    expect(show(plainReferences(tree(source)))).toBe(expected);
  });
  test.each(['(?i)(a)\\1', '(?i)(\\w)\\1', '(?i)(.)\\1', '(?i)([^-])\\1', '(?i)([!-~])\\1', '([-])\\1'])(
    'does not touch %s',
    (source) => {
      unchanged(plainReferences, source);
    },
  );
});
