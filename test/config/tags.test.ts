import { describe, expect, test } from '@jest/globals';
import { substituteTags } from '../../src/core/config/tags.js';
import { type Traced, traced } from '../../src/core/config/traced.js';

const of = (values: Readonly<Record<string, string>>) =>
  new Map(Object.entries(values).map(([key, text], i) => [key, traced(text, { file: 'F', line: i + 1 })]));
const shown = (values: ReadonlyMap<string, Traced>) =>
  Object.fromEntries([...values].map(([key, value]) => [key, value.text]));

describe('a tag', () => {
  test.each([
    [{ a: '<b>', b: '1' }, '1'],
    [{ a: '<b><b> <b>', b: '1' }, '11 1'],
    [{ a: '<b>', b: '<c>', c: '2' }, '2'],
    [{ a: '<mdre-<mode>>', mode: 'x', 'mdre-x': 'X' }, 'X'],
    [{ a: '<<PREF>HOST>', PREF: 'F-' }, '<F-HOST>'],
    [{ a: '<HOST> <ip> <STDIN>' }, '<HOST> <ip> <STDIN>'],
    [{ a: '<b c> < b> <> <b', b: '1' }, '<b c> < b> <> <b'],
    [{ a: '<B>', b: '1' }, '<B>'],
    [{ a: '<b>', b: '' }, ''],
  ])('in %j comes to %j', (values, expected) => {
    expect(shown(substituteTags(of(values))).a).toBe(expected);
  });

  test('stays where it is to be kept, and where the option itself is', () => {
    const values = of({ a: '<b> <c>', b: '<c>', c: '1' });
    expect(shown(substituteTags(values, { keep: new Set(['b']) }))).toEqual({ a: '<b> 1', b: '<c>', c: '1' });
  });

  test('may be known elsewhere', () => {
    const fallback = (tag: string) => (tag === 'other/x' ? traced('<b>') : undefined);
    expect(shown(substituteTags(of({ a: '<other/x> <other/y>', b: '1' }), { fallback })).a).toBe(
      '1 <other/y>',
    );
  });

  test.each([
    [{ a: '<a>' }, 'tag-recursion'],
    [{ a: '<b>', b: '<a>' }, 'tag-recursion'],
    [{ a: '<b>', b: 'x<b>' }, 'tag-recursion'],
  ])('that leads back to itself, %j, is an error with its place', (values, code) => {
    expect(() => substituteTags(of(values))).toThrow(
      expect.objectContaining({ code, origin: { file: 'F', line: expect.any(Number) } }),
    );
  });

  test('that doubles with every step ends in an error within a moment', () => {
    const values: Record<string, string> = { a: '<t0><t0>' };
    for (let i = 0; i < 30; i++) values[`t${i}`] = `<t${i + 1}> <t${i + 1}>`;
    const begun = performance.now();
    expect(() => substituteTags(of({ ...values, t30: 'x' }))).toThrow(
      expect.objectContaining({ code: 'tag-length' }),
    );
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test('brings its line along', () => {
    const values = of({ a: 'x\n<b>\ny <b>', b: '1\n2' });
    const lines = substituteTags(values).get('a');
    expect(lines?.text).toBe('x\n1\n2\ny 1\n2');
    expect(lines?.origins.map((origin) => origin?.line)).toEqual([1, 2, 2, 1, 2]);
  });
});
