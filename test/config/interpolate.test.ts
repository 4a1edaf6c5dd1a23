import { describe, expect, test } from '@jest/globals';
import { load, valueIn } from './tree.js';

/** The failregex of jail `j` with these lines around. */
const expanded = (value: string, more = '') =>
  load({
    'jail.conf': `[DEFAULT]\nx = d\n[j]\nenabled = yes\nusedns = ${value}\nown = mine\nlow = %(x)s\n${more}`,
  });

describe('a reference', () => {
  test.each([
    ['%(own)s', 'mine'],
    ['%(OWN)s', 'mine'],
    ['%(x)s%(x)s', 'dd'],
    ['%(low)s', 'd'],
    ['%%(x)s', '%(x)s'],
    ['100%%', '100%'],
    ['%(__name__)s', 'j'],
    ['%(default/x)s', 'd'],
    ['%(b/y)s', 'd'],
    ['%(b/z)s', 'bz'],
    ['%(b/x)s', 'bx'],
    ['%(fail2ban_version)s', '1.1.2.dev1'],
  ])('%s is %j', (value, expected) => {
    const { lines } = expanded(value, '[b]\nx = bx\ny = %(x)s\nz = bz\n');
    expect(valueIn(lines, 'usedns')).toBe(`'${expected}'`);
  });

  test.each([
    ['%(none)s', 'interpolation-missing'],
    ['%(b/none)s', 'interpolation-missing'],
    ['%(c/x)s', 'interpolation-missing'],
    ['%(DEFAULT/x)s', 'interpolation-missing'],
    ['%(B/z)s', 'interpolation-missing'],
    ['%', 'interpolation-syntax'],
    ['%x', 'interpolation-syntax'],
    ['%(x)d', 'interpolation-syntax'],
    ['%(x', 'interpolation-syntax'],
    ['%(usedns)s', 'interpolation-depth'],
    ['%(default/loop)s', 'interpolation-depth'],
  ])('%s is the end, with its place', (value, code) => {
    const { fatal, lines } = expanded(value, '[b]\nz = bz\n[C]\nx = 1\n[DEFAULT]\nloop = %(loop)s\n');
    expect(fatal?.error.code).toBe(code);
    expect(fatal?.error.origin).toMatchObject({ line: expect.any(Number) });
    expect(lines).toEqual([]);
  });

  test.each([
    ['text', 'x'.repeat(100)],
    ['nothing', ''],
  ])('to references to references to %s does not take all memory', (_, base) => {
    const levels = Array.from({ length: 7 }, (__, i) => `l${i + 1} = ${`%(l${i})s`.repeat(10)}`);
    const { fatal } = expanded('%(l7)s', `l0 = ${base}\n${levels.join('\n')}\n`);
    expect(fatal?.error.message).toContain('grows beyond');
    expect(fatal?.error.origin).toMatchObject({ line: expect.any(Number) });
  });

  test('that is wrong in a jail that is not enabled harms nobody', () => {
    const { fatal } = load({ 'jail.conf': '[j]\nusedns = %(none)s\n[k]\nenabled = yes\n' });
    expect(fatal).toBeUndefined();
  });

  test('multiplied over ten levels ends in an error, not in a full memory', () => {
    const levels = (leaf: string) =>
      `a0 = ${leaf}\n${Array.from({ length: 8 }, (_, i) => `a${i + 1} = ${`%(a${i})s`.repeat(10)}\n`).join('')}`;
    for (const leaf of ['x', '']) {
      const { fatal } = expanded('%(a8)s', levels(leaf));
      expect(fatal?.error.code).toBe('interpolation-length');
    }
  });
});

describe('what a value was in the files before', () => {
  const BASE = { 'jail.conf': '[DEFAULT]\nd = base\n[j]\nenabled = yes\nusedns = 1\n' };

  test('is known/…', () => {
    const { lines } = load({ ...BASE, 'jail.local': '[j]\nusedns = %(known/usedns)s+2\n' });
    expect(valueIn(lines, 'usedns')).toBe("'1+2'");
  });

  test('reaches back one file only', () => {
    const { fatal } = load({
      ...BASE,
      'jail.local': '[j]\nusedns = %(known/usedns)s+2\n',
      'jail.d/1.local': '[j]\nusedns = %(known/usedns)s+4\n',
    });
    expect(fatal?.error.code).toBe('interpolation-depth');
  });

  test('is not there for [DEFAULT]', () => {
    const { lines } = load({ ...BASE, 'jail.local': '[DEFAULT]\nd = new\n[j]\nusedns = %(known/d)s\n' });
    expect(valueIn(lines, 'usedns')).toBe("'new'");
  });
});
