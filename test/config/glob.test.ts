import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { glob } from '../../src/core/config/glob.js';
import { folderOf } from './tree.js';

const FILES = [
  'a.log',
  'b.log',
  'ab.log',
  '.hidden.log',
  'x[1].log',
  'x+1.log',
  'one/error.log',
  'two/error.log',
  'one/sub/deep.log',
];

describe('a pattern', () => {
  let dir: string;
  const found = (pattern: string) =>
    glob(`${dir}/${pattern}`)
      .map((path) => path.slice(dir.length + 1))
      .sort();
  beforeAll(() => {
    dir = folderOf(Object.fromEntries(FILES.map((name) => [name, ''])));
    mkdirSync(join(dir, 'empty'));
    symlinkSync('/nowhere', join(dir, 'dangling'));
  });

  test.each<[string, readonly string[]]>([
    ['a.log', ['a.log']],
    ['*.log', ['a.log', 'ab.log', 'b.log', 'x+1.log', 'x[1].log']],
    ['?.log', ['a.log', 'b.log']],
    ['[ab].log', ['a.log', 'b.log']],
    ['[!a].log', ['b.log']],
    ['[a-b]*.log', ['a.log', 'ab.log', 'b.log']],
    ['x[[]1].log', ['x[1].log']],
    ['x+?.log', ['x+1.log']],
    ['.*.log', ['.hidden.log']],
    ['*/error.log', ['one/error.log', 'two/error.log']],
    ['o*/s*/*.log', ['one/sub/deep.log']],
    ['dang*', ['dangling']],
    ['dangling', ['dangling']],
  ])('finds what it stands for: %s', (pattern, expected) => {
    expect(found(pattern)).toEqual(expected);
  });

  test.each([
    ['nothing of that name', 'c.log'],
    ['braces', '{a,b}.log'],
    ['folders below folders', '**/deep.log'],
    ['hidden files', 'hidden*'],
    ['an empty folder', 'empty/*'],
    ['a file as a folder', 'a.log/*'],
    ['a set that is not closed', '[ab.log'],
    ['a range the wrong way round', '[b-a].log'],
    ['another case', 'A.LOG'],
  ])('does not find %s', (_, pattern) => {
    expect(found(pattern)).toEqual([]);
  });

  test('may begin at the root, be nothing, or be relative to the working folder', () => {
    expect(glob('/')).toEqual(['/']);
    expect(glob('/et?')).toEqual(['/etc']);
    expect(glob('')).toEqual([]);
    expect(glob('package.jso?')).toEqual(['package.json']);
    expect(glob('jail.*/00-defaults.conf')).toEqual(['jail.d/00-defaults.conf']);
  });
});
